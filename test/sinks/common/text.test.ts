import test from 'ava'
import fc from 'fast-check'
import { csvField, float32Text, numberText } from '../../../src/sinks/common/text.js'

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
