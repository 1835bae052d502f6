/**
 * Run on its own: one picture sink on a slide of 46,000 × 32,914 pixels (or of another height, the third word) at 0.5 µm and nine classes; prints peak memory
 * (MB) and seconds.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import type { Row } from '../../src/core/row.js'
import type { SinkContext } from '../../src/core/sink.js'
import type { Slide } from '../../src/core/slide.js'
import { provenance } from '../../test/sinks/pictures.js'
import { openSink } from '../../test/sinks/tables.js'

const [sink = 'map', options = '{}', height = '32914'] = process.argv.slice(2)
const size = { width: 46_000, height: Number(height) }
const classes = Array.from({ length: 9 }, (_, i) => ({
  name: `class ${i}`,
  color: `#${((i + 1) * 0x1a2b3c).toString(16).slice(-6).padStart(6, '0')}`,
}))
const names = classes.map((_, i) => `prob_class_${i}`)

function* rows(): Generator<Row> {
  let index = 0
  for (let y = 0; y < size.height; y += 224) {
    for (let x = 0; x < size.width; x += 224) {
      const p = names.map((name, i) => [name, ((index * 7 + i * 13) % 101) / 101])
      yield { index: index++, base_x: x, base_y: y, base_w: 224, base_h: 224, ...Object.fromEntries(p) }
    }
  }
}

/** Glass everywhere: only the memory of the sink is of interest. */
const slide = {
  ref: { kind: 'slide', id: 'huge', uri: 'huge.tif', carried: {} },
  info: {
    ...{ id: 'huge', uri: 'huge.tif', kind: 'slide', vendor: 'none', ...size, mpp: { x: 0.5, y: 0.5 } },
    levels: [1, 4, 16].map((down) => ({
      width: Math.ceil(size.width / down),
      height: Math.ceil(size.height / down),
      downsample: { x: down, y: down },
      tile: { width: 256, height: 256 },
    })),
    ...{ associated: [], warnings: [], compression: 'jpeg' },
  },
  identity: { bytes: 0, modified: 0, head: '' },
  read: async (requests, out) => {
    for (const bytes of out) bytes.fill(240)
    return requests.map(() => null)
  },
  associated: () => Promise.reject(new Error('none')),
  counts: () => ({ tilesTouched: 0, tilesDecoded: 0, bytesRead: 0, pixelsDecoded: 0, fetchMs: 0, decodeMs: 0, resampleMs: 0 }),
  close: async () => {},
} as Slide

const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-huge-'))
const given = JSON.parse(options) as { file: string }
const model = provenance.model!
const context: SinkContext = {
  path: path.join(folder, `${given.file}.partial`),
  columns: [...['index', 'base_x', 'base_y', 'base_w', 'base_h'], ...names].map((name) => ({ name, type: 'float64', about: name })),
  slide,
  provenance: { ...provenance, model: { ...model, outputs: [{ ...model.outputs[0]!, classes, width: 9 }] } },
  signal: new AbortController().signal,
}
const start = performance.now()
await pipeline(batchesOf(context.columns, rows()), await openSink(sink, given, context))
const seconds = Math.round((performance.now() - start) / 100) / 10
await rm(folder, { recursive: true })
console.log(JSON.stringify({ peak: Math.round(process.resourceUsage().maxRSS / 1024), seconds }))
