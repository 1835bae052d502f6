/** Tables for the tests of the sinks: one with every type of column, and one as a classification makes it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ExecutionContext } from 'ava'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import { type Options, objectOf } from '../../src/core/options.js'
import type { Column, Row } from '../../src/core/row.js'
import type { AnySinkSpec, SinkContext } from '../../src/core/sink.js'
import type { TableMetadata } from '../../src/sinks/common/metadata.js'
import { recordedContext } from '../../src/sinks/common/recorded.js'
import { sinks } from '../../src/sinks/registry.js'

/** Every type, nullable but for the first; names with the characters that break naive writers. */
export const everyType: readonly Column[] = [
  { name: 'index', type: 'int32', about: 'Number of the row.' },
  { name: 'x0', type: 'int32', nullable: true, about: 'A whole number.' },
  { name: 'prob_a.b/c,d "é" 肿瘤', type: 'float32', nullable: true, about: 'A name with dots, slashes, commas, quotes and letters.' },
  { name: 'mean', type: 'float64', nullable: true, about: 'A double.' },
  { name: 'note', type: 'string', nullable: true, about: 'Text.' },
  { name: 'class', type: 'category', nullable: true, about: 'One of few.' },
  { name: 'good', type: 'bool', nullable: true, about: 'Yes or no.' },
  { name: 'features', type: 'vector', size: 5, nullable: true, about: 'Five numbers.' },
  { name: 'halves', type: 'vector', size: 3, element: 'float16', nullable: true, about: 'Three numbers of 16 bits.' },
]

const words = ['tumour', 'stroma, "reactive"', 'naïve=肿瘤\n', '', "O'Brien; DROP"]

/** The same rows every time; each column is null now and then, and new words turn up late. */
export function* everyRow(count: number): Generator<Row> {
  for (let i = 0; i < count; i++) {
    yield {
      index: i,
      x0: i % 7 === 3 ? null : i % 2 ? -i : 2 ** 31 - 1 - i,
      'prob_a.b/c,d "é" 肿瘤': i % 5 === 1 ? null : Math.fround(i / 7),
      mean: i % 6 === 2 ? null : 1 / (i + 3),
      note: i % 4 === 3 ? null : i % 4 === 2 ? '' : `${words[i % 5]} ${i}`,
      class: i % 9 === 4 ? null : words[Math.floor(i / 40) % 5]!,
      good: i % 3 === 2 ? null : i % 3 === 0,
      features: i % 8 === 5 ? null : Float32Array.from({ length: 5 }, (_, k) => Math.sqrt(i) - k),
      // Numbers that 16 bits hold.
      halves: i % 10 === 7 ? null : Float32Array.from({ length: 3 }, (_, k) => ((i % 100) - 30 * k) / 8),
    }
  }
}

/** Three classes, one of them oddly named. */
export const classes = [
  { name: 'Tumor', color: '#e41a1c' },
  { name: 'Stroma, "loose"', color: '#377eb8' },
  { name: 'Lymphocytes é', color: '#4daf4a' },
]

/** The columns of their probabilities, in their order. */
export const probabilityColumns = ['prob_Tumor', 'prob_Stroma_loose', 'prob_Lymphocytes_é']

export const predictionColumns: readonly Column[] = [
  { name: 'slide', type: 'category', about: 'Id of the slide.' },
  ...['index', 'grid_x', 'grid_y', 'x0', 'y0', 'x1', 'y1'].map((name): Column => ({ name, type: 'int32', about: name })),
  ...['base_x', 'base_y', 'base_w', 'base_h'].map((name): Column => ({ name, type: 'float64', about: name })),
  { name: 'tissue', type: 'float32', about: 'Share of tissue.' },
  { name: 'status', type: 'category', about: 'ok, or unreadable.' },
  { name: 'prediction', type: 'int32', nullable: true, about: 'Number of the class.' },
  { name: 'class', type: 'category', nullable: true, about: 'Name of the class.' },
  ...classes.map(({ name }, k): Column => {
    return { name: probabilityColumns[k]!, type: 'float32', nullable: true, about: `Probability of ${name}.` }
  }),
]

/** Patches of 224 px at half the resolution of the slide, 100 a row of the grid; every 50th cannot be read. */
export function* predictions(count: number): Generator<Row> {
  for (let i = 0; i < count; i++) {
    const [column, row] = [i % 100, Math.floor(i / 100)]
    const [x, y] = [column * 224, row * 224]
    const readable = i % 50 !== 49
    const p = [((i * 7) % 100) / 200, ((i * 13) % 100) / 200].map(Math.fround) as [number, number]
    const all = [p[0], p[1], Math.fround(1 - p[0] - p[1])]
    const best = all.indexOf(Math.max(...all))
    const answer = readable ? all : [null, null, null]
    yield {
      slide: 'S-1 é',
      index: i,
      grid_x: column,
      grid_y: row,
      x0: x,
      y0: y,
      x1: x + 224,
      y1: y + 224,
      base_x: x * 2,
      base_y: y * 2,
      base_w: 448,
      base_h: 448,
      tissue: Math.fround((i % 11) / 10),
      status: readable ? 'ok' : 'unreadable',
      prediction: readable ? best : null,
      class: readable ? classes[best]!.name : null,
      ...Object.fromEntries(probabilityColumns.map((name, k) => [name, answer[k]!])),
    }
  }
}

export const model: NonNullable<TableMetadata['model']> = {
  name: 'tissue3',
  sha256: 'ab'.repeat(32),
  outputs: [
    {
      name: 'probabilities',
      kind: 'classes',
      classes: classes.map((one, k) => ({ ...one, column: probabilityColumns[k]! })),
      width: 3,
    },
  ],
}

export function metadata(columns: readonly Column[]): TableMetadata {
  return {
    schemaVersion: '2',
    tiastreamVersion: '0.1.0',
    fingerprint: 'cd'.repeat(32),
    slide: {
      id: 'S-1 é',
      name: 'S-1 é.svs',
      kind: 'slide',
      vendor: 'aperio',
      width: 46_000,
      height: 32_914,
      mpp: { x: 0.25, y: 0.25 },
      power: 40,
      identity: { bytes: 1000, head: 'ef'.repeat(32) },
    },
    model,
    grid: { at: { value: 0.5, units: 'mpp' }, patch: [224, 224], stride: [224, 224] },
    columns: columns.map((column) => ({ ...column })),
  }
}

export function contextOf(file: string, columns: readonly Column[], signal: AbortSignal = new AbortController().signal): SinkContext {
  return recordedContext(metadata(columns), file, signal)
}

/** Opens a sink by name as the run does: options through its spec. */
export async function openSink(name: string, options: Readonly<Record<string, unknown>>, context: SinkContext) {
  const spec: AnySinkSpec = sinks[name]!
  const { default: open } = await spec.load()
  return open(objectOf(spec.options).parse(options) as Options<typeof spec.options>, context)
}

export async function writeTable(
  name: string,
  file: string,
  columns: readonly Column[],
  rows: Iterable<Row>,
  options: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await pipeline(batchesOf(columns, rows, 300), await openSink(name, options, contextOf(file, columns)))
}

/** A folder that is gone when the test ends. */
export async function temporary(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-sinks-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}
