/**
 * What a row costs the main thread, from the answer of a lane to the committed file: processor time of that thread alone. Patches are 16 px of
 * an empty slide and the models a few nodes, so that nothing else is worth mentioning. What a run costs once is taken off: a row more is what
 * a larger slide costs more than a smaller one.
 */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { newGraph } from '../src/models/onnx/graph.js'
import type { Asked } from './support/asked.js'
import { dataPath } from './support/folders.js'
import { bytesCopied, mainNanoseconds } from './support/main-cpu.js'
import { median } from './support/rounds.js'
import { runWork, type Work } from './support/runs.js'
import { generatedSlide } from './support/slides.js'
import { prose, table, verdictBelow } from './support/table.js'

const side = 16
const width = 1536

interface Case {
  readonly what: string
  readonly model: 'classes' | 'features' | null
  readonly sink: string
  readonly element?: 'float32' | 'float16'
  /** Microseconds. */
  readonly asked?: number
  /** Of version 0.1. */
  readonly was?: number
  /** Sides of the smaller and of the larger slide. */
  readonly sides: readonly [number, number]
}

const few = [1024, 4096] as const
/** A row holds 6 KiB. */
const wide = [1024, 2048] as const

const cases: readonly Case[] = [
  { what: 'addresses', model: null, sink: 'parquet', asked: 5, was: 16.7, sides: few },
  { what: '9 classes', model: 'classes', sink: 'parquet', asked: 5, sides: few },
  { what: '1,536 float32', model: 'features', element: 'float32', sink: 'parquet', asked: 15, was: 328, sides: wide },
  { what: '1,536 float16', model: 'features', element: 'float16', sink: 'parquet', asked: 15, sides: wide },
  { what: '1,536 float32', model: 'features', element: 'float32', sink: 'arrow', asked: 12, was: 59, sides: wide },
  { what: '1,536 float16', model: 'features', element: 'float16', sink: 'arrow', asked: 12, sides: wide },
]

export default async function mainThread({ quick }: Asked): Promise<void> {
  if (!existsSync('/proc/self/schedstat')) {
    prose('the processor time of one thread is known on Linux alone')
    return
  }
  const rows: Record<string, string | number | null>[] = []
  const verdicts: (() => void)[] = []
  for (const one of cases) {
    const { what, sink, asked, was, element, sides } = one
    const [small, large] = await Promise.all(sides.map(async (slide) => workOf(one, slide)))
    const costs: number[] = []
    // The first round loads and compiles.
    for (let round = 0; round < (quick ? 2 : 6); round++) {
      const [a, b] = [await measured(small!), await measured(large!)]
      if (round > 0) costs.push((b.nanoseconds - a.nanoseconds) / (b.rows - a.rows) / 1000)
    }
    const copies = element ? await copiesOf(large!, element === 'float16' ? 2 : 4) : null
    const cost = median(costs)
    rows.push({ rows: what, sink, 'µs a row': cost, 'from – to': spread(costs), 'version 0.1': was ?? null, 'copies of a vector': copies })
    verdicts.push(() => {
      if (asked) verdictBelow(`a row of ${what} into ${sink}`, cost, asked, ' µs')
      if (copies !== null) verdictBelow(`copies of a vector of ${what} into ${sink}`, copies, 2)
    })
  }
  table(rows)
  for (const say of verdicts) say()
}

const spread = (costs: readonly number[]) => `${Math.min(...costs).toFixed(1)} – ${Math.max(...costs).toFixed(1)}`

async function measured(work: Work): Promise<{ readonly nanoseconds: number; readonly rows: number }> {
  let before = 0
  const { summary } = await runWork(work, () => {
    before = mainNanoseconds()
  })
  return { nanoseconds: mainNanoseconds() - before, rows: summary.rows }
}

/** On the main thread, with all that is copied beside the vectors: how often the bytes of a vector are. */
async function copiesOf(work: Work, bytes: number): Promise<number> {
  const { result, bytes: all } = await bytesCopied(() => runWork(work))
  return all / result.summary.rows / (width * bytes)
}

async function workOf({ model, sink, element, what }: Case, slideSide: number): Promise<Work> {
  return {
    name: `main-thread-${sink}-${what.replaceAll(/\W/g, '')}-${slideSide}`,
    slide: await generatedSlide({ side: slideSide, mpp: 0.5, tissue: 0 }),
    model: model && (await modelFolder(model)),
    ...(element === 'float16' ? { vectors: element } : {}),
    grid: `{ size: ${side} px, at: 0.5 mpp }`,
    batch: 64,
    sinks: `[${sink}]`,
  }
}

/** The mean colour of the patch, and numbers that follow from it: made once. */
async function modelFolder(kind: 'classes' | 'features'): Promise<string> {
  const folder = path.dirname(dataPath('models', `flat-${kind}`, 'model.yml'))
  const numbers = kind === 'classes' ? 9 : width
  const graph = newGraph('flat')
  const x = graph.input('x', 'float32', ['N', 3, side, side])
  const mean = graph.node('ReduceMean', 'mean', [x], { axes: [2, 3], keepdims: 0 })
  const weights = graph.constant(
    'weights',
    Float32Array.from({ length: 3 * numbers }, (_, i) => Math.sin(i)),
    [3, numbers],
  )
  const product = graph.node('MatMul', 'product', [mean, weights])
  const out = kind === 'classes' ? graph.node('Softmax', 'shares', [product], { axis: 1 }) : product
  graph.output(out, 'float32', ['N', numbers])
  const names = Array.from({ length: numbers }, (_, i) => `class ${i}`)
  const output = kind === 'classes' ? `{ kind: classes, classes: ${JSON.stringify(names)} }` : '{ kind: features }'
  const card = `name: flat-${kind}\ninputs: [{ scale: 1/255 }]\noutputs: [${output}]\n`
  await writeFile(path.join(folder, 'model.onnx'), graph.bytes())
  await writeFile(path.join(folder, 'model.yml'), card)
  return folder
}
