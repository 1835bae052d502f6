/** Rows as a classification of nine classes makes them, and what a sink is told of the slide and the model. */

import { objectOf } from '../../src/core/options.js'
import type { Column, Row } from '../../src/core/row.js'
import type { Provenance, SinkContext } from '../../src/core/sink.js'
import type { Slide } from '../../src/core/slide.js'
import { sinks } from '../../src/sinks/registry.js'

export const classes = Array.from({ length: 9 }, (_, i) => ({
  name: `class ${i}`,
  color: `#${((i + 1) * 0x1a2b3c).toString(16).slice(-6).padStart(6, '0')}`,
}))
const names = classes.map((_, i) => `prob_class_${i}`)
const features = 'features'

const column = (name: string, type: Column['type']): Column => ({ name, type, about: name })

/** With a vector of `size` features, for the sinks that are made for them. */
export function columnsOf(size: number): Column[] {
  return [
    column('slide', 'category'),
    ...['index', 'grid_x', 'grid_y', 'x0', 'y0', 'x1', 'y1'].map((name) => column(name, 'int32')),
    ...['base_x', 'base_y', 'base_w', 'base_h'].map((name) => column(name, 'float64')),
    column('tissue', 'float32'),
    column('status', 'category'),
    column('prediction', 'int32'),
    column('class', 'category'),
    ...names.map((name) => column(name, 'float32')),
    ...(size > 0 ? [{ ...column(features, 'vector'), size }] : []),
  ]
}

/** As many patches a row of the grid as make the slide square. The answers repeat, so that making rows takes next to no time. */
export function* rowsOf(count: number, size: number): Generator<Row> {
  const across = Math.ceil(Math.sqrt(count))
  const answers = Array.from({ length: 101 }, (_, i) => answerOf(i))
  const vectors = size > 0 ? Array.from({ length: 101 }, (_, i) => vectorOf(i, size)) : []
  for (let index = 0; index < count; index++) {
    const [c, r] = [index % across, Math.floor(index / across)]
    const [x0, y0] = [c * 224, r * 224]
    const { prediction, shares } = answers[index % answers.length]!
    // Key by key, as the merger does: rows of one shape.
    const row: Row = {
      slide: 'bench',
      index,
      grid_x: c,
      grid_y: r,
      x0,
      y0,
      x1: x0 + 224,
      y1: y0 + 224,
      base_x: x0,
      base_y: y0,
      base_w: 224,
      base_h: 224,
    }
    row.tissue = Math.fround((index % 100) / 100)
    row.status = 'ok'
    row.prediction = prediction
    row.class = classes[prediction]!.name
    for (let i = 0; i < names.length; i++) row[names[i]!] = shares[i]!
    if (size > 0) row[features] = vectors[index % vectors.length]!
    yield row
  }
}

function answerOf(seed: number) {
  const raw = names.map((_, i) => ((seed * (7 + 2 * i) + i * 13) % 101) + 1)
  const sum = raw.reduce((a, b) => a + b, 0)
  return { prediction: raw.indexOf(Math.max(...raw)), shares: raw.map((value) => Math.fround(value / sum)) }
}

const vectorOf = (seed: number, size: number) => Float32Array.from({ length: size }, (_, i) => ((seed + i * 31) % 997) / 997)

export const provenance: Provenance = {
  schemaVersion: '2',
  tiastreamVersion: '0.1.0',
  fingerprint: '0'.repeat(64),
  model: {
    ...{ folder: '', file: '', name: 'bench', sha256: '0'.repeat(64), about: '', inputs: [], batch: null },
    outputs: [
      { name: 'probabilities', kind: 'classes', classes, width: 9, inGraph: 'softmax', apply: 'none', about: [] },
      { name: features, kind: 'features', classes: [], width: 512, inGraph: 'none', apply: 'none', about: [] },
    ],
  },
  grid: { at: { value: 0.5, units: 'mpp' }, patch: [224, 224], stride: [224, 224] },
}

/** Opens a sink by its name, its options filled in, on a slide that is already open. */
export async function openSink(name: string, path: string, slide: Slide, columns: readonly Column[]) {
  const spec = sinks[name]!
  const options = objectOf(spec.options).parse({ file: spec.file })
  const context: SinkContext = { path, columns, slide, provenance, signal: new AbortController().signal }
  return (await spec.load()).default(options as never, context)
}
