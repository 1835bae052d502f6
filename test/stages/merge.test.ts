import test, { type ExecutionContext } from 'ava'
import { rowsIn } from '../../src/core/batches/batches-of.js'
import { outputColumns } from '../../src/core/columns/output-columns.js'
import type { PatchBatch } from '../../src/core/items.js'
import type { ModelOutput } from '../../src/core/model.js'
import type { Column, Row } from '../../src/core/row.js'
import type { Slide, SlideRef } from '../../src/core/slide.js'
import type { StageContext } from '../../src/core/stage.js'
import spec from '../../src/stages/merge/spec.js'
import merge from '../../src/stages/merge/stage.js'
import { plainBatch } from '../models/folder.js'
import { all } from '../support/stage-context.js'

const output = (name: string, kind: ModelOutput['kind'], names: readonly string[], width = names.length): ModelOutput => ({
  name,
  kind,
  classes: names.map((one) => ({ name: one, color: '#000000' })),
  width,
  inGraph: 'none',
  apply: 'none',
  about: kind === 'values' ? names.map((one) => `The ${one}.`) : [],
})

const context = (t: ExecutionContext, ref: Partial<SlideRef> = {}, signal = new AbortController().signal): StageContext => ({
  slide: { ref: { kind: 'slide', id: 's1', uri: 's1.svs', carried: {}, ...ref } } as Slide,
  model: () => t.fail() as never,
  signal,
  tell: () => {},
})

test('pictures that no single model has let go are let go when their rows are made', async (t) => {
  const batch = plainBatch([[1, 2, 3], null, [4, 5, 6]])
  const given: Uint8Array[] = []
  const pixelMemory = { take: () => t.fail() as never, giveBack: (pixels: Uint8Array) => given.push(pixels) }
  for await (const { length } of merge({ outputs: [] })(one(batch), { ...told(t, [], batch, {}).ctx, pixelMemory })) t.is(length, 3)
  t.deepEqual(
    given,
    batch.inputs.map(({ data }) => data),
  )
  t.is(given.length, 1)
})

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value
}

/** The columns of the plan: those of the address, of the model, of what is noted and carried, as the values are; and the context with them. */
function told(t: ExecutionContext, outputs: readonly ModelOutput[], batch: PatchBatch, ref: Partial<SlideRef>) {
  const further = Object.entries({ ...Object.assign({}, ...batch.patches.map(({ notes }) => notes)), ...ref.carried }).filter(
    ([name]) => name !== 'label',
  )
  const columns: readonly Column[] = [
    ...spec.columns!({ outputs }, { kind: ref.kind ?? 'slide' } as never),
    ...outputColumns(outputs),
    ...further.map(
      ([name, value]): Column => ({ name, type: typeof value === 'number' ? 'float64' : 'category', nullable: true, about: '' }),
    ),
    { name: 'label', type: 'category', nullable: true, about: '' },
  ]
  return { columns, ctx: { ...context(t, ref), gives: columns } }
}

async function rowsOf(
  t: ExecutionContext,
  outputs: readonly ModelOutput[],
  batch: PatchBatch,
  ref: Partial<SlideRef> = {},
): Promise<Row[]> {
  const { columns, ctx } = told(t, outputs, batch, ref)
  return all(rowsIn(columns, merge({ outputs })(one(batch), ctx)))
}

const answers = (batch: PatchBatch, data: Record<string, readonly number[]>): PatchBatch => ({
  ...batch,
  outputs: Object.fromEntries(
    Object.entries(data).map(([name, numbers]) => [
      name,
      { data: Float32Array.from(numbers), width: numbers.length / batch.patches.length },
    ]),
  ),
})

test('a row has exactly the declared columns, in their order, with notes and what is carried after them', async (t) => {
  const outputs = [output('p', 'classes', ['a', 'b']), output('focus', 'values', ['focus']), output('vector', 'features', [], 3)]
  const batch = answers(plainBatch([[0, 0, 0]], 4, 7), { p: [0.25, 0.75], focus: [1.5], vector: [1, 2, 3] })
  const patches = [{ ...batch.patches[0]!, notes: { tissue: 0.5 } }]
  const [row] = await rowsOf(t, outputs, { ...batch, patches }, { carried: { age: 61 }, label: 'x' })
  t.deepEqual(row, {
    slide: 's1',
    index: 7,
    grid_x: 7,
    grid_y: 0,
    x0: 28,
    y0: 0,
    x1: 32,
    y1: 4,
    base_x: 28,
    base_y: 0,
    base_w: 4,
    base_h: 4,
    status: 'ok',
    error: null,
    prediction: 1,
    class: 'b',
    prob_a: 0.25,
    prob_b: 0.75,
    focus: 1.5,
    vector: new Float32Array([1, 2, 3]),
    tissue: 0.5,
    age: 61,
    label: 'x',
  })
})

test('equal probabilities go to the first class', async (t) => {
  const batch = answers(
    plainBatch([
      [0, 0, 0],
      [0, 0, 0],
    ]),
    { p: [0.2, 0.4, 0.4, 0.5, 0.5, 0] },
  )
  const rows = await rowsOf(t, [output('p', 'classes', ['a', 'b', 'c'])], batch)
  t.deepEqual(
    rows.map(({ prediction }) => prediction),
    [1, 0],
  )
})

test('a patch that could not be read has nulls and says why', async (t) => {
  const outputs = [output('p', 'classes', ['a', 'b']), output('v', 'values', ['v']), output('f', 'features', [], 2)]
  const batch = answers(plainBatch([null]), { p: [Number.NaN, Number.NaN], v: [Number.NaN], f: [Number.NaN, Number.NaN] })
  const [row] = await rowsOf(t, outputs, batch)
  t.like(row, { status: 'unreadable', error: 'no pixels', prediction: null, class: null, prob_a: null, prob_b: null, v: null, f: null })
})

test('a single class is predicted from one half on', async (t) => {
  const batch = answers(
    plainBatch([
      [0, 0, 0],
      [0, 0, 0],
    ]),
    { p: [0.5, 0.25] },
  )
  const rows = await rowsOf(t, [output('p', 'classes', ['tumour'])], batch)
  t.deepEqual(
    rows.map((row) => [row.prediction, row.class, row.prob_tumour]),
    [
      [0, 'tumour', 0.5],
      [null, null, 0.25],
    ],
  )
})

test('a second output of classes has its name in front', async (t) => {
  const outputs = [output('p', 'classes', ['a', 'b']), output('q', 'classes', ['a', 'b'])]
  const batch = answers(plainBatch([[0, 0, 0]]), { p: [1, 0], q: [0, 1] })
  const [row] = await rowsOf(t, outputs, batch)
  t.like(row, { prediction: 0, class: 'a', prob_a: 1, q_prediction: 1, q_class: 'b', q_prob_b: 1 })
  const names = outputColumns(outputs).map(({ name }) => name)
  t.is(new Set(names).size, names.length)
})

test('a picture of a set has no place, but its notes', async (t) => {
  const batch = plainBatch([
    [0, 0, 0],
    [0, 0, 0],
  ])
  const patches = batch.patches.map((patch, i) => ({ ...patch, notes: { file: `${i}.png`, ...(i === 0 ? { label: 'TUM' } : {}) } }))
  const rows = await rowsOf(t, [], { ...batch, patches }, { kind: 'set' })
  t.deepEqual(rows, [
    { slide: 's1', index: 0, status: 'ok', error: null, file: '0.png', label: 'TUM' },
    { slide: 's1', index: 1, status: 'ok', error: null, file: '1.png', label: null },
  ])
})

test('vectors are the memory of the answer where every patch has one, and a copy without the others where not', async (t) => {
  const outputs = [output('f', 'features', [], 2)]
  const batchOf = (numbers: number[]) =>
    answers(
      plainBatch([
        [0, 0, 0],
        [0, 0, 0],
      ]),
      { f: numbers },
    )
  const vectorOf = async (batch: PatchBatch) => {
    const { columns, ctx } = told(t, outputs, batch, {})
    const [made] = await all(merge({ outputs })(one(batch), ctx))
    return made!.columns[columns.findIndex(({ type }) => type === 'vector')]!
  }
  const whole = batchOf([1, 2, 3, 4])
  t.deepEqual(await vectorOf(whole), { type: 'vector', size: 2, valid: null, values: Float32Array.of(1, 2, 3, 4) })
  t.is(((await vectorOf(whole)) as { values: unknown }).values, whole.outputs.f!.data)
  const part = await vectorOf(batchOf([Number.NaN, Number.NaN, 3, 4]))
  t.deepEqual(part, { type: 'vector', size: 2, valid: Uint8Array.of(2), values: Float32Array.of(0, 0, 3, 4) })
})

test('vectors are rounded to float16 where that is asked for, ties to even; a number that is too large is refused', async (t) => {
  const outputs = [{ ...output('f', 'features', [], 4), element: 'float16' as const }]
  const made = async (numbers: number[]) => {
    const batch = answers(plainBatch([[0, 0, 0]]), { f: numbers })
    const { columns, ctx } = told(t, outputs, batch, {})
    const at = columns.findIndex(({ type }) => type === 'vector')
    t.like(columns[at], { size: 4, element: 'float16' })
    return (await all(merge({ outputs })(one(batch), ctx)))[0]!.columns[at]
  }
  // 1 ÷ 3 has no end in bits; 2049 lies between 2048 and 2050; below 65520 the largest half is nearest.
  t.deepEqual(await made([1 / 3, 2049, -65_519, -0]), {
    ...{ type: 'vector', size: 4, valid: null },
    values: Uint16Array.of(0x3555, 0x6800, 0xfbff, 0x8000),
  })
  await t.throwsAsync(made([0, 65_520, 0, 0]), { code: 'VECTOR_TOO_LARGE', message: /output 'f' holds 65520, and float16 goes to 65504/ })
})

test('a note that its column does not take is refused, with patch, column and value', async (t) => {
  const columns: Column[] = [{ name: 'tissue', type: 'float32', about: '' }]
  for (const [notes, message] of [
    [{ tissue: 'much' }, /patch 7 of s1: column 'tissue' is float32, but holds "much"/],
    [{}, /holds nothing/],
  ] as const) {
    const batch = plainBatch([[0, 0, 0]], 4, 7)
    const patches = [{ ...batch.patches[0]!, notes: notes as PatchBatch['patches'][number]['notes'] }]
    const made = merge({ outputs: [] })(one({ ...batch, patches }), { ...context(t), gives: columns })
    await t.throwsAsync(all(made), { code: 'ROW_INVALID', message })
  }
})

test('an abort stops between batches', async (t) => {
  const controller = new AbortController()
  const batch = plainBatch([[0, 0, 0]])
  const two = async function* () {
    yield batch
    yield batch
  }
  const stream = merge({ outputs: [] })(two(), { ...context(t, {}, controller.signal), gives: [] })
  const iterator = stream[Symbol.asyncIterator]()
  t.false((await iterator.next()).done)
  controller.abort(new Error('stop'))
  await t.throwsAsync(iterator.next(), { message: 'stop' })
})
