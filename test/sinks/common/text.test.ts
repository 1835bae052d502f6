import test from 'ava'
import fc from 'fast-check'
import type { ColumnType, Value } from '../../../src/core/row.js'
import { csvField, float32Text, jsonValue, numberText } from '../../../src/sinks/common/text.js'

test('a float32 is printed in the digits a person would write', (t) => {
  const written = [0, 0.1, 0.5, 1 / 3, 1e-7, 16_777_216, 123_456_792, -2.5]
  t.deepEqual(written.map(float32Text), ['0', '0.1', '0.5', '0.33333334', '1e-7', '16777216', '123456790', '-2.5'])
})

test('every float32 reads back the same from the fewest digits', (t) => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = float32Text(value)
      t.is(Math.fround(Number(text)) + 0, value + 0)
      t.true(text.length <= String(value).length)
    }),
    { numRuns: 2000 },
  )
})

test('numbers of usual size are written as toPrecision rounds them, also beside the powers of ten and in the middle of two texts', (t) => {
  const next = (value: number, steps: number) => {
    const bits = new Int32Array(Float32Array.of(value).buffer)
    bits[0]! += steps
    return new Float32Array(bits.buffer)[0]!
  }
  const decade = fc.integer({ min: -5, max: 7 })
  const usual = fc.tuple(fc.double({ min: 1, max: 10, noNaN: true }), decade).map(([digits, ten]) => digits * 10 ** ten)
  const beside = fc.tuple(decade, fc.integer({ min: -9, max: 9 })).map(([ten, steps]) => next(10 ** ten, steps))
  const middle = fc.tuple(fc.integer({ min: 0, max: 2 ** 22 }), fc.integer({ min: 1, max: 20 })).map(([whole, two]) => whole / 2 ** two)
  fc.assert(
    fc.property(fc.oneof(usual, beside, middle), fc.boolean(), (size, negative) => {
      const single = Math.fround(negative ? -size : size)
      const texts = [6, 7, 8, 9].map((digits) => Number(single.toPrecision(digits)))
      const short = texts.find((text) => Math.fround(text) === single)!
      t.is(float32Text(single), Number.isInteger(single) && Math.abs(single) < 2 ** 24 ? String(single + 0) : String(short))
    }),
    { numRuns: 2000 },
  )
})

test('doubles read back the same; what is not finite has no number', (t) => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (value) => Number(numberText(value, 'float64')) === value || value === 0,
    ),
  )
  t.is(numberText(Number.NaN, 'float64'), null)
})

test('null and the empty string differ in CSV', (t) => {
  const column = { name: 'a', type: 'string', about: '' } as const
  t.is(csvField(null, column), '')
  t.is(csvField('', column), '""')
  t.is(csvField('a "b", c\n', column), '"a ""b"", c\n"')
})

test('what may have a fraction shows one, for who learns from the first rows what a column is; numbers of a list go out as they came', (t) => {
  const column = (type: ColumnType, name = 'a') => ({ name, type, about: '' })
  const written = (value: Value, type: ColumnType, name?: string) => [
    csvField(value, column(type, name)),
    jsonValue(value, column(type, name)),
  ]
  t.deepEqual(written(1, 'float32'), ['1.0', '1.0'])
  t.deepEqual(written(-0, 'float32'), ['0.0', '0.0'])
  t.deepEqual(written(2 ** 80, 'float32'), ['1.2089258e+24', '1.2089258e+24'])
  t.deepEqual(written(896, 'float64', 'base_w'), ['896.0', '896.0'])
  t.deepEqual(written(4711, 'float64', 'patient'), ['4711', '4711'])
  t.deepEqual(written(3, 'int32'), ['3', '3'])
  t.is(jsonValue(Float32Array.of(0, 0.5), column('vector')), '[0.0,0.5]')
})
