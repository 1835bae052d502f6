/** What the tests of picture sinks share: the demo slide, rows whose answers are arithmetic, and a merge that is written out plainly. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ExecutionContext } from 'ava'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import { packageRoot } from '../../src/core/package-root.js'
import type { Column, Row } from '../../src/core/row.js'
import type { Provenance, SinkContext } from '../../src/core/sink.js'
import type { Slide } from '../../src/core/slide.js'
import { openSlide } from '../../src/readers/open.js'
import { openSink, temporary } from './tables.js'

export const classes = [
  { name: 'TUM', color: '#e41a1c' },
  { name: 'STR', color: '#377eb8' },
  { name: 'LYM α', color: '#4daf4a' },
]

const number = (name: string): Column => ({ name, type: 'float64', about: name })
export const probabilityColumns = ['prob_TUM', 'prob_STR', 'prob_LYM_α']
export const columns: readonly Column[] = [
  ...['index', 'x0', 'y0', 'x1', 'y1', 'base_x', 'base_y', 'base_w', 'base_h'].map(number),
  { ...number('prediction'), nullable: true },
  ...probabilityColumns.map((name): Column => ({ name, type: 'float32', nullable: true, about: name })),
]

export const provenance: Provenance = {
  schemaVersion: '2',
  tiastreamVersion: '0.1.0',
  fingerprint: 'cd'.repeat(32),
  model: {
    folder: '',
    file: '',
    name: 'three',
    sha256: 'ab'.repeat(32),
    about: '',
    inputs: [],
    batch: null,
    outputs: [{ name: 'p', kind: 'classes', classes, width: 3, inGraph: 'softmax', apply: 'none', about: [] }],
  },
  grid: { at: { value: 0.5, units: 'mpp' }, patch: [224, 224], stride: [160, 160] },
}

/** Overlapping patches of 224 pixels every 160 over the demo slide, some left out, some without an answer. */
export function* rows(width = 7168, height = 5120): Generator<Row> {
  let index = 0
  for (let y = 0; y < height; y += 160) {
    for (let x = 0; x < width; x += 160) {
      index++
      if (index % 3 === 0) continue
      const raw = [(index * 7) % 11, (index * 5) % 13, (index * 3) % 17].map((v) => v + 1)
      const sum = raw[0]! + raw[1]! + raw[2]!
      const p = raw.map((v) => Math.fround(v / sum))
      const readable = index % 50 !== 1
      yield {
        ...{ index, x0: x, y0: y, x1: x + 224, y1: y + 224, base_x: x, base_y: y, base_w: 224, base_h: 224 },
        prediction: readable ? p.indexOf(Math.max(...p)) : null,
        ...Object.fromEntries(probabilityColumns.map((name, i) => [name, readable ? p[i]! : null])),
      }
    }
  }
}

/** Every pixel on its own: sums and counts over all patches that touch it. 0.5 to 4 µm a pixel: an eighth. */
export function plainMerge(width: number, height: number, list: Iterable<Row>, shrink = 8) {
  const sums = new Float64Array(width * height * 3)
  const counts = new Uint32Array(width * height)
  for (const row of list) {
    if (row[probabilityColumns[0]!] === null) continue
    const [x, y] = [row.base_x as number, row.base_y as number]
    for (let py = Math.floor(y / shrink); py < Math.min(height, Math.ceil((y + 224) / shrink)); py++) {
      for (let px = Math.floor(x / shrink); px < Math.min(width, Math.ceil((x + 224) / shrink)); px++) {
        counts[py * width + px]!++
        for (const [c, name] of probabilityColumns.entries()) sums[(py * width + px) * 3 + c]! += row[name] as number
      }
    }
  }
  const labels = Uint8Array.from(counts, (n, i) => {
    const p = [...sums.subarray(i * 3, i * 3 + 3)]
    return n === 0 ? 0 : 1 + p.indexOf(Math.max(...p))
  })
  return { labels, counts, means: sums.map((v, i) => (counts[Math.floor(i / 3)] === 0 ? 0 : v / counts[Math.floor(i / 3)]!)) }
}

let ofAll: ReturnType<typeof plainMerge> | undefined
/** That of all rows at 4 µm a pixel: many look at it, and nobody writes into it. */
export function merged(): ReturnType<typeof plainMerge> {
  ofAll ??= plainMerge(896, 640, rows())
  return ofAll
}

export const demoPath = path.join(packageRoot, 'fixtures/slides/demo.tif')

export async function demoSlide(t: ExecutionContext): Promise<Slide> {
  const slide = await openSlide({ kind: 'slide', id: 'demo', uri: demoPath, carried: {} })
  t.teardown(() => slide.close())
  return slide
}

/** A slide without a file: `info` may be anything. */
export function changed(slide: Slide, info: Partial<Slide['info']>): Slide {
  return { ...slide, read: slide.read.bind(slide), info: { ...slide.info, ...info } }
}

/** Runs a sink as a run does and answers the file's bytes and path. */
export async function drawn(
  t: ExecutionContext,
  name: string,
  options: Readonly<Record<string, unknown>> & { readonly file: string },
  given: Partial<SinkContext> & { readonly list?: Iterable<Row> } = {},
): Promise<{ readonly file: string; readonly bytes: Buffer }> {
  const { list = rows(), ...context } = given
  const file = path.join(await temporary(t), `${options.file}.partial`)
  const slide = context.slide ?? (await demoSlide(t))
  const signal = context.signal ?? new AbortController().signal
  const sink = await openSink(name, options, { path: file, columns, provenance, ...context, slide, signal })
  await pipeline(batchesOf(context.columns ?? columns, list), sink, { signal })
  return { file, bytes: readFileSync(file) }
}

/** Equal byte for byte; far quicker than a comparison that could print the difference. */
export function same(a: Uint8Array | Float32Array, b: Uint8Array | Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))
}
