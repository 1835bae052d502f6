/** Batches against rows: what goes in comes out, however it was cut, joined and put in order. */

import test from 'ava'
import fc from 'fast-check'
import { type Batch, nullsIn } from '../../src/core/batch.js'
import { batchIn, messageOf } from '../../src/core/batches/batch-bytes.js'
import { piecesOf, rowsIn } from '../../src/core/batches/batches-of.js'
import { concatOf } from '../../src/core/batches/join.js'
import { gatherOf, sliceOf, takeOf, wordsInOrder } from '../../src/core/batches/rearrange.js'
import { batchOf, rowsOf } from '../../src/core/batches/rows-of.js'
import type { Column, Row, Value } from '../../src/core/row.js'
import { fromHalf, fromHalves } from '../../src/geometry/half.js'
import { turnsDuring } from '../support/turns.js'

const single = fc.float().map(Math.fround)

/** A column of every type, by turns nullable. */
const values: Readonly<Record<Column['type'] | 'half', fc.Arbitrary<Value>>> = {
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  float32: single,
  float64: fc.double(),
  string: fc.string({ unit: 'binary', maxLength: 6 }),
  category: fc.constantFrom('tumour', 'stroma', '', 'Ödem', '__proto__'),
  bool: fc.boolean(),
  vector: fc.array(single, { minLength: 3, maxLength: 3 }).map((numbers) => Float32Array.from(numbers)),
  half: fc.array(fc.nat(2 ** 16 - 1), { minLength: 2, maxLength: 2 }).map((bits) => fromHalves(Uint16Array.from(bits))),
}

const columns: readonly Column[] = Object.keys(values).flatMap((key) =>
  [false, true].map((nullable): Column => {
    const name = `${key}_${nullable ? 'or_null' : 'always'}`
    const type = key === 'half' ? 'vector' : (key as Column['type'])
    const size = key === 'half' ? { size: 2, element: 'float16' as const } : key === 'vector' ? { size: 3 } : {}
    return { name, type, about: '', ...(nullable ? { nullable } : {}), ...size }
  }),
)

const row: fc.Arbitrary<Row> = fc.record(
  Object.fromEntries(
    columns.map(({ name, nullable }) => {
      const value = values[name.split('_')[0] as keyof typeof values]
      return [name, nullable ? fc.option(value, { nil: null }) : value]
    }),
  ),
)
const rows = fc.array(row, { maxLength: 20 })

test('the rows of the batch of some rows are those rows', (t) => {
  fc.assert(
    fc.property(rows, (some) => {
      t.deepEqual(rowsOf(columns, batchOf(columns, some, 0)), some)
    }),
  )
})

test('a batch cut anywhere and joined again holds the same rows', (t) => {
  fc.assert(
    fc.property(rows, fc.nat(20), fc.nat(20), (some, a, b) => {
      const [from, to] = [Math.min(a, b, some.length), Math.min(Math.max(a, b), some.length)]
      const batch = batchOf(columns, some, 0)
      const cut = [sliceOf(batch, 0, from), sliceOf(batch, from, to), sliceOf(batch, to, some.length)]
      t.deepEqual(
        cut.map((part) => rowsOf(columns, part)),
        [some.slice(0, from), some.slice(from, to), some.slice(to)],
      )
      t.deepEqual(rowsOf(columns, concatOf(cut)), some)
    }),
  )
})

test('rows are taken of a batch, and of several batches, in any order', (t) => {
  const several = fc.array(fc.array(row, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(several, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }), (parts, asked) => {
      const picks = asked.map(([p, r]) => [p % parts.length, r % parts[p % parts.length]!.length] as const)
      const batches = parts.map((part) => batchOf(columns, part, 0))
      const [from, of] = [Int32Array.from(picks, ([p]) => p), Int32Array.from(picks, ([, r]) => r)]
      const expected = picks.map(([p, r]) => parts[p]![r]!)
      t.deepEqual(rowsOf(columns, gatherOf(batches, from, of)), expected)
      const inFirst = of.filter((_, i) => from[i] === 0)
      t.deepEqual(
        rowsOf(columns, takeOf(batches[0]!, inFirst)),
        Array.from(inFirst, (r) => parts[0]![r]!),
      )
    }),
  )
})

test('however rows were cut and joined, words in order are those that occur, in the order they do', (t) => {
  fc.assert(
    fc.property(rows, fc.nat(20), fc.nat(20), (some, a, b) => {
      const [from, to] = [Math.min(a, b, some.length), Math.min(Math.max(a, b), some.length)]
      const whole = batchOf(columns, some, 0)
      const parts = [sliceOf(whole, to, some.length), sliceOf(whole, 0, from), sliceOf(whole, from, to)]
      const order = Int32Array.from(some, (_, i) => (i < to ? i + some.length - to : i - to))
      const again = takeOf(concatOf(parts), order)
      t.deepEqual(wordsInOrder(again).columns, whole.columns)
    }),
  )
})

test('a batch crosses threads: its own buffers move, and the rows are the same', (t) => {
  fc.assert(
    fc.property(rows, (some) => {
      // Nothing is too short to be moved.
      const { message, transfer } = messageOf(batchOf(columns, some, 0), 0)
      const size = message.apart.reduce((sum, { byteLength }) => sum + byteLength, message.bytes.byteLength)
      t.is(
        transfer.reduce((sum, { byteLength }) => sum + byteLength, 0),
        size,
      )
      const moved = structuredClone(message, { transfer })
      t.deepEqual(rowsOf(columns, batchIn(columns, moved)), some)
      t.true(transfer.every(({ byteLength }) => byteLength === 0))
    }),
  )
})

test('part of a larger buffer does not take the buffer along', (t) => {
  const numbers: Column = { name: 'n', type: 'int32', about: '' }
  const part = sliceOf(batchOf([numbers], [{ n: 1 }, { n: 2 }], 0), 1, 2)
  const { message, transfer } = messageOf(part, 0)
  t.is(message.apart.length, 1)
  t.deepEqual(transfer, [message.bytes])
})

test("Arrow's layout, bit by bit", (t) => {
  const kinds: Column[] = [
    { name: 'n', type: 'int32', nullable: true, about: '' },
    { name: 'b', type: 'bool', about: '' },
    { name: 's', type: 'string', about: '' },
    { name: 'c', type: 'category', about: '' },
  ]
  const some = Array.from({ length: 9 }, (_, i) => ({ n: i === 1 ? null : i, b: i % 2 === 0, s: 'ä'.repeat(i % 3), c: i < 5 ? 'x' : 'y' }))
  const batch = batchOf(kinds, some, 0)
  const [n, b, s, c] = batch.columns
  t.deepEqual(n, { type: 'int32', valid: Uint8Array.of(0b11111101, 1), values: Int32Array.of(0, 0, 2, 3, 4, 5, 6, 7, 8) })
  t.is(nullsIn(n!, 9), 1)
  t.deepEqual(b, { type: 'bool', valid: null, values: Uint8Array.of(0b01010101, 1) })
  const text = { offsets: Int32Array.of(0, 0, 2, 6, 6, 8, 12, 12, 14, 18), bytes: new Uint8Array(Buffer.from('ä'.repeat(9))) }
  t.deepEqual(s, { type: 'string', valid: null, ...text })
  t.deepEqual(c, { type: 'category', valid: null, codes: Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 1), words: ['x', 'y'] })
})

test('a float16 vector holds the nearest halves, ties to even', (t) => {
  const halves = Array.from({ length: 2 ** 16 }, (_, bits) => ({ bits, value: fromHalf(bits) }))
  const finite = halves.filter(({ value, bits }) => Number.isFinite(value) && bits !== 0x8000).sort((a, b) => a.value - b.value)
  const column: Column = { name: 'v', type: 'vector', size: 1, element: 'float16', about: '' }
  // An independent rounding: between two neighbours the nearer one; in the middle the one whose last bit is 0.
  const nearest = (value: number) => {
    let [low, high] = [0, finite.length - 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (finite[middle]!.value <= value) low = middle
      else high = middle
    }
    const [below, above] = [finite[low]!, finite[high]!]
    const [down, up] = [value - below.value, above.value - value]
    return (down === up ? (below.bits % 2 === 0 ? below : above) : down < up ? below : above).value
  }
  const inRange = fc.oneof(
    single,
    fc.double({ min: -65_519, max: 65_519, noNaN: true }).map(Math.fround),
    fc.double({ min: -1e-4, max: 1e-4 }),
  )
  const middles = finite.slice(1).map(({ value }, i) => (value + finite[i]!.value) / 2)
  const check = (value: number) => {
    const [kept] = rowsOf([column], batchOf([column], [{ v: Float32Array.of(value) }], 0))
    return (kept!.v as Float32Array)[0]!
  }
  fc.assert(
    fc.property(inRange.map(Math.fround), (value) => {
      if (!(Math.abs(value) < 65_520)) return
      t.is(check(value) + 0, nearest(value) + 0)
    }),
    { numRuns: 2000 },
  )
  const wrong = middles.filter((_, i) => i % 7 === 0).filter((value) => check(value) + 0 !== nearest(value) + 0)
  t.deepEqual(wrong, [])
})

test('a value that its column does not take is refused, with row, column and value', (t) => {
  const refused = (column: Partial<Column>, value: Value | undefined, message: RegExp) => {
    const whole = { name: 'n', about: '', type: 'int32', ...column } as Column
    const row = (value === undefined ? {} : { n: value }) as Row
    t.throws(() => batchOf([whole], [row], 7), { name: 'SinkError', code: 'ROW_INVALID', message })
  }
  for (const wrong of [1.5, 2 ** 31, '1', true, Number.NaN]) refused({}, wrong, /row 7: column 'n' is int32, but holds/)
  refused({}, null, /null though it is not nullable/)
  refused({ nullable: true }, undefined, /holds nothing/)
  refused({ type: 'float32' }, 1e39, /is float32, but holds 1e\+39/)
  refused({ type: 'bool' }, 1, /is bool/)
  refused({ type: 'category' }, 1, /is category/)
  refused({ type: 'vector', size: 2 }, new Float32Array(3), /is vector of 2 numbers, but holds a vector of 3 numbers/)
  refused(
    { type: 'vector', size: 1, element: 'float16' },
    Float32Array.of(65_520),
    /\(float16\), but holds 65520, which is too large for it/,
  )
  t.notThrows(() => batchOf([{ name: 'n', type: 'float32', about: '' }], [{ n: 3.4e38 }, { n: Number.POSITIVE_INFINITY }], 0))
})

test('of a long batch, a row group of a million rows, some rows are objects at a time, and the loop turns between them', async (t) => {
  const rows = 200_000
  const long: Batch = { length: rows, columns: [{ type: 'int32', valid: null, values: Int32Array.from({ length: rows }, (_, i) => i) }] }
  const lengths: number[] = []
  const turns = await turnsDuring(async () => {
    for await (const { length } of piecesOf([long])) lengths.push(length)
  })
  t.is(Math.max(...lengths), 1024)
  t.is(
    lengths.reduce((sum, length) => sum + length, 0),
    rows,
  )
  // 200,000 values of 64 bytes' work are three times four MiB.
  t.is(turns, 3)
  let next = 0
  for await (const row of rowsIn([{ name: 'index', type: 'int32', about: '' }], [long])) {
    if (row.index !== next++) t.fail(`row ${next - 1} is ${row.index}`)
  }
  t.is(next, rows)
})
