import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test, { type ExecutionContext } from 'ava'
import { batchesOf, rowsIn } from '../../src/core/batches/batches-of.js'
import { SlideError } from '../../src/core/errors.js'
import type { Column, Row } from '../../src/core/row.js'
import type { Slide } from '../../src/core/slide.js'
import type { StageContext } from '../../src/core/stage.js'
import { ClassPairs } from '../../src/stages/rows/class-pairs.js'
import { fromHighland, highland, type Rows, toHighland } from '../../src/stages/rows/highland.js'
import spec from '../../src/stages/rows/spec.js'
import rowsStage from '../../src/stages/rows/stage.js'

const numbers: readonly Column[] = [{ name: 'n', type: 'int32', about: '' }]

/** Rows 0, 1, 2 …, and whether the source was opened, how far it was read and whether it was closed. */
function counting(length = Number.POSITIVE_INFINITY, failAt = -1) {
  const state = { open: false, given: 0, closed: false }
  const rows = async function* (): AsyncGenerator<Row> {
    state.open = true
    try {
      for (let n = 0; n < length; n++) {
        await wait(0)
        if (n === failAt) throw new SlideError('SLIDE_TRUNCATED', 'the source broke')
        state.given++
        yield { n }
      }
    } finally {
      await wait(1)
      state.closed = true
    }
  }
  return { state, rows: rows() }
}

async function collect<T>(stream: AsyncIterable<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
  const got: T[] = []
  for await (const value of stream) {
    got.push(value)
    if (got.length === limit) break
  }
  return got
}

const through = (shape: (rows: Rows<Row>) => Rows<Row>, rows: AsyncIterable<Row>, signal?: AbortSignal) => {
  const source = toHighland(rows, signal)
  return fromHighland(shape(source), source)
}

test('rows that are done with are held by nobody, however many a slide has', async (t) => {
  const rows = Array.from({ length: 2000 }, (_, n): Row => ({ n }))
  const seen: WeakRef<Row>[] = []
  async function* letGo() {
    for (let row = rows.shift(); row; row = rows.shift()) yield row
  }
  for await (const row of through((stream) => stream, letGo())) {
    seen.push(new WeakRef(row))
    if (rows.length > 0) continue
    await wait(0)
    setFlagsFromString('--expose-gc')
    ;(runInNewContext('gc') as () => void)()
    const held = seen.filter((one) => one.deref() !== undefined).length
    t.true(held < 100, `${held} of ${seen.length} rows are held`)
  }
  t.is(seen.length, 2000)
})

test('rows go through in order, filtered and mapped, and the source is closed at the end', async (t) => {
  const { state, rows } = counting(100)
  const shape = (stream: Rows<Row>): Rows<Row> => stream.filter(({ n }) => Number(n) % 2 === 0).map(({ n }): Row => ({ n: Number(n) * 10 }))
  const got = await collect(through(shape, rows))
  t.deepEqual(
    got.map(({ n }) => n),
    Array.from({ length: 50 }, (_, i) => i * 20),
  )
  t.true(state.closed)
})

const failures: Record<string, (rows: Rows<Row>) => Rows<Row>> = {
  'a function that throws': (rows) =>
    rows.map((row) => {
      if (row.n === 5) throw new Error('broken')
      return row
    }),
  'a consumer that throws': (rows) =>
    rows.consume((error, row, push, next) => {
      if (!highland.isNil(row) && row.n === 5) throw new Error('broken')
      push(error, row as Row)
      if (!highland.isNil(row)) next()
    }),
  'an error that is pushed': (rows) =>
    rows.consume<Row>((error, row, push, next) => {
      if (error) push(error)
      else if (highland.isNil(row)) push(null, highland.nil)
      else {
        push(row.n === 5 ? new Error('broken') : null, row)
        next()
      }
    }),
  'a promise that is rejected': (rows) =>
    rows.flatMap((row) => highland(row.n === 5 ? Promise.reject(new Error('broken')) : Promise.resolve(row))),
}

for (const [title, shape] of Object.entries(failures)) {
  test(`${title} reaches the caller, and the source is closed`, async (t) => {
    const { state, rows } = counting()
    await t.throwsAsync(collect(through(shape, rows)), { message: 'broken' })
    t.true(state.closed)
    const { given } = state
    t.true(given < 20, `read on to ${given}`)
    await wait(20)
    t.is(state.given, given)
  })
}

test('taking the first few closes the source', async (t) => {
  const { state, rows } = counting()
  t.is((await collect(through((stream) => stream.take(3), rows))).length, 3)
  t.true(state.closed)
  t.true(state.given <= 4)
})

test('destroying the stream closes the source, also behind a take', async (t) => {
  for (const destroyed of [1, 2]) {
    let closed = 0
    const source = (async function* () {
      try {
        for (let i = 0; ; i++) yield i
      } finally {
        closed++
      }
    })()
    const stream = toHighland(source)
    const taken = await new Promise((resolve) =>
      stream
        .filter((i) => i % 2 === 1)
        .take(3)
        .toArray(resolve),
    )
    t.deepEqual(taken, [1, 3, 5])
    t.is(closed, 0, 'which highland does not say')
    for (let i = 0; i < destroyed; i++) stream.destroy()
    // A generator ends within its next turn.
    t.deepEqual(await source.next(), { value: undefined, done: true })
    t.is(closed, 1)
  }
})

test('a stream that is destroyed while fromHighland reads it is an error, and nobody waits for its next row', async (t) => {
  for (const shape of [(rows: Rows<Row>) => rows, (rows: Rows<Row>) => rows.filter(({ n }) => n !== 2)]) {
    const { state, rows } = counting()
    const source = toHighland(rows)
    const taken = fromHighland(shape(source), source)
    t.deepEqual((await taken.next()).value, { n: 0 })
    const waiting = taken.next()
    source.destroy()
    await t.throwsAsync(waiting, { message: /^the stream of rows was destroyed while they were read: take/ })
    t.true(state.open)
  }
})

test('a caller that leaves early closes the source', async (t) => {
  const { state, rows } = counting()
  t.is(
    (
      await collect(
        through((stream) => stream.map((row) => row), rows),
        4,
      )
    ).length,
    4,
  )
  t.true(state.closed)
})

test('an abort ends a stream that waits, with its reason, and closes the source', async (t) => {
  const controller = new AbortController()
  const { state, rows } = counting()
  const nothing = through((stream) => stream.filter(() => false), rows, controller.signal)
  setTimeout(() => controller.abort(new Error('enough')), 20)
  await t.throwsAsync(collect(nothing), { message: 'enough' })
  t.true(state.closed)
})

test('an abort before the first row closes as well', async (t) => {
  const { state, rows } = counting()
  await t.throwsAsync(collect(through((stream) => stream, rows, AbortSignal.abort(new Error('no')))), { message: 'no' })
  t.false(state.open && !state.closed)
})

test('an error of the source keeps its type', async (t) => {
  const { state, rows } = counting(10, 3)
  const error = await t.throwsAsync(collect(through((stream) => stream.map((row) => row), rows)))
  t.true(error instanceof SlideError)
  t.true(state.closed)
})

/** highland throws when it is to stop in the middle of these. */
const inTheMiddle: readonly ((rows: Rows<Row>) => Rows<Row>)[] = [
  (rows) => rows.flatMap((row) => highland([row, row])),
  (rows) => rows.flatMap((row) => highland(Promise.resolve(row))),
  (rows) => rows.collect().flatMap((all) => highland(all)),
  (rows) => rows.map((row) => highland([row])).parallel(2),
  (rows) => rows.sortBy((a, b) => Number(a.n) - Number(b.n)),
]

test('an error of the source is told behind functions that hold rows back, and the source is closed', async (t) => {
  for (const shape of inTheMiddle) {
    const { state, rows } = counting(10, 3)
    const error = await t.throwsAsync(collect(through(shape, rows)))
    t.true(error instanceof SlideError, `${shape}: ${error?.message}`)
    t.true(state.closed, String(shape))
  }
})

test('a slow caller is not run ahead of', async (t) => {
  const { state, rows } = counting(60)
  let taken = 0
  for await (const _ of through((stream) => stream.map((row) => row).map((row) => row), rows)) {
    taken++
    await wait(2)
    t.true(state.given - taken <= 2, `${state.given} given, ${taken} taken`)
  }
  t.is(taken, 60)
})

test('grouping into batches and back keeps every row', async (t) => {
  const got = await collect(through((stream) => stream.batch(7).flatMap((some) => highland(some)), counting(50).rows))
  t.deepEqual(
    got.map(({ n }) => n),
    Array.from({ length: 50 }, (_, i) => i),
  )
})

async function stage(
  t: ExecutionContext,
  code: string,
  input: AsyncIterable<Row>,
  name = 'default',
  signal = new AbortController().signal,
  tell: StageContext['tell'] = () => {},
  gives: readonly Column[] = numbers,
) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tiastream-rows-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(path.join(folder, 'shape.mjs'), code)
  const ctx = {
    slide: { ref: { id: 's1' } } as Slide,
    signal,
    tell,
    folder,
    model: () => t.fail() as never,
    takes: numbers,
    gives,
  } satisfies StageContext
  const shaped = rowsStage({ module: 'shape.mjs', export: name, columns: undefined, keep: undefined })(batchesOf(numbers, input, 1), ctx)
  return collect(rowsIn(gives, shaped))
}

test('the stage runs the function of a module, which sees the slide', async (t) => {
  const code =
    'export default (rows, { slide, highland }) => rows.map((row) => ({ ...row, from: slide.id })).append({ n: -1, from: "end" })'
  const gives: readonly Column[] = [...numbers, { name: 'from', type: 'string', about: '' }]
  t.deepEqual(await stage(t, code, counting(2).rows, 'default', undefined, undefined, gives), [
    { n: 0, from: 's1' },
    { n: 1, from: 's1' },
    { n: -1, from: 'end' },
  ])
})

test('a value under a name that is no column is named once: no table will hold it', async (t) => {
  const told: unknown[] = []
  const code = 'export default (rows) => rows.map((row) => ({ ...row, score: 1, more: 2 }))'
  await stage(t, code, counting(3).rows, 'default', undefined, (event) => told.push(event))
  t.is(told.length, 1)
  t.like(told[0], { type: 'warning', code: 'ROWS_COLUMN' })
  t.regex((told[0] as { message: string }).message, /'score', which is no column/)
})

test('a class that is changed by its number or its name alone is told once, with both; changed together, left out or by another name it is not', async (t) => {
  const takes: readonly Column[] = ['', 'q_'].flatMap((front): Column[] => [
    { name: `${front}prediction`, type: 'int32', nullable: true, about: '' },
    { name: `${front}class`, type: 'category', nullable: true, about: '' },
  ])
  const row = (prediction: number | null, name: string | null): Row => ({ prediction, class: name, q_prediction: 0, q_class: 'yes' })
  const input = [row(0, 'a'), row(1, 'b'), row(null, null)]
  const cases: readonly [(row: Row) => Row, RegExp | null][] = [
    [(row) => row, null],
    [(row) => ({ ...row, class: 'a', prediction: 0 }), null],
    [(row) => ({ ...row, class: null, prediction: null }), null],
    [(row) => ({ ...row, class: 'other', prediction: 7 }), null],
    [(row) => ({ ...row, class: 'a' }), /class 'a' beside prediction 1/],
    [(row) => ({ ...row, class: 'other' }), /class 'other' beside prediction 0/],
    [(row) => ({ ...row, class: null }), /class null beside prediction 0/],
    [(row) => ({ ...row, prediction: 7 }), /class 'a' beside prediction 7/],
    [(row) => ({ ...row, q_class: 'no' }), /q_class 'no' beside q_prediction 0/],
  ]
  for (const [shape, expected] of cases) {
    const pairs = new ClassPairs(takes, takes)
    const told: (string | null)[] = []
    for await (const one of pairs.learn(Readable.from(input))) told.push(pairs.apart(shape(one)))
    const first = told.find((text) => text !== null) ?? null
    if (expected === null) t.is(first, null)
    else t.regex(first ?? '', expected)
  }
  const dropped = new ClassPairs(takes, takes.slice(1))
  for await (const one of dropped.learn(Readable.from(input)))
    t.is(dropped.apart({ class: 'other', q_class: one.q_class!, q_prediction: 0 }), null)
})

test('a module that is wrong is an error that names it', async (t) => {
  const cases: [string, RegExp, string][] = [
    ['export default (', /does not load/, 'ROWS_MODULE'],
    ['export const other = 1', /exports no function 'default'; it has: other/, 'ROWS_MODULE'],
    ['export default () => 5', /gave number, not a highland stream/, 'ROWS_FUNCTION'],
    ['export default () => { throw new Error("early") }', /failed: early/, 'ROWS_FUNCTION'],
    ['export default (rows) => rows.map(() => { throw new Error("late") })', /failed: late/, 'ROWS_FUNCTION'],
    ['export default (rows) => rows.map(() => {})', /gave nothing for a row/, 'ROWS_FUNCTION'],
    ['export default (rows) => rows.map(() => 7)', /gave 7 for a row/, 'ROWS_FUNCTION'],
  ]
  for (const [code, message, expected] of cases) {
    const { state, rows } = counting()
    const error = await t.throwsAsync(stage(t, code, rows))
    t.like(error, { code: expected, family: 'PipelineError' })
    t.regex(error!.message, message)
    t.false(state.open && !state.closed, code)
  }
})

test('the columns after it are those kept and those added', (t) => {
  const before = ['slide', 'x0', 'prob_a'].map((name) => ({ name, type: 'float32' as const, about: '' }))
  const options = {
    module: 'x',
    export: 'default',
    keep: ['slide'],
    columns: [{ name: 'score', type: 'float64' as const, about: 'A score.' }],
  }
  const after = spec.shapes!(options as never, {} as never, before)
  t.deepEqual(
    after.map(({ name }) => name),
    ['slide', 'score'],
  )
  t.deepEqual(spec.problems!({ ...options, columns: [{ name: 'v', type: 'vector', about: '' }] } as never, {} as never), [
    "column 'v' is a vector and needs a size",
  ])
})

test('rows without a column are refused before the run', (t) => {
  const said = (options: object) => spec.problems!({ module: 'm.js', export: 'default', ...options } as never, {} as never)
  t.deepEqual(said({ keep: [] }), ['keep: [] leaves the rows without a column: name one, or say columns:'])
  t.deepEqual(said({ keep: [], columns: [{ name: 'n', type: 'int32', about: '' }] }), [])
  t.deepEqual(said({}), [])
})
