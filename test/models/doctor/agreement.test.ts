import test from 'ava'
import type { ModelCard } from '../../../src/core/model.js'
import { agreementOf, mostInFloats } from '../../../src/models/doctor/agreement.js'

const card = (kind: 'classes' | 'features') => ({ outputs: [{ name: 'y', kind, width: 2 }] }) as unknown as ModelCard
const rows = (...numbers: number[]) => ({ y: { data: Float32Array.from(numbers), width: 2 } })

test('answers are as far apart as the root mean square of their differences beside that of their variation', (t) => {
  // Around the mean (2, 0) both rows vary by 1 in the first number: sum of squares 2. One number is 0.1 off.
  const { agrees, apart } = agreementOf(card('features'), rows(1, 0, 3, 0), rows(1.1, 0, 3, 0))
  t.true(agrees)
  t.true(Math.abs(apart - Math.sqrt(0.01 / 2)) < 1e-6, String(apart))
  const far = agreementOf(card('features'), rows(1, 0, 3, 0), rows(1.2, 0, 3, 0))
  t.false(far.agrees)
  t.is(far.why, "output 'y' is 14 % of its variation off, 10 % are allowed")
})

test('classes may be twice as far apart, as long as what was clear stays what it was', (t) => {
  const shares = rows(0.9, 0.1, 0.2, 0.8, 0.55, 0.45)
  // Where it was not clear another class may come first.
  t.true(agreementOf(card('classes'), shares, rows(0.9, 0.1, 0.2, 0.8, 0.48, 0.52)).agrees)
  const flipped = agreementOf(card('classes'), rows(0.9, 0.1, 0.2, 0.8, 0.62, 0.38), rows(0.9, 0.1, 0.2, 0.8, 0.49, 0.51))
  t.false(flipped.agrees)
  t.regex(flipped.why, /says another class for 1 of 3 pictures that were clear/)
  // Of a single class no is the other answer.
  const one = { outputs: [{ name: 'y', kind: 'classes', width: 1 }] } as unknown as ModelCard
  const [yes, no] = [
    [0.9, 0.1, 0.62],
    [0.9, 0.1, 0.49],
  ].map((numbers) => ({ y: { data: Float32Array.from(numbers), width: 1 } }))
  t.regex(agreementOf(one, yes!, no!).why, /says another class for 1 of 3/)
  t.true(agreementOf(one, yes!, yes!).agrees)
})

test('answers that are all alike are held to their own size, and what is no number agrees with nothing', (t) => {
  t.true(agreementOf(card('features'), rows(5, 5, 5, 5), rows(5.001, 5, 5, 5)).agrees)
  t.false(agreementOf(card('features'), rows(5, 5, 5, 5), rows(5.1, 5, 5, 5)).agrees)
  const both = rows(Number.NaN, 0, 1, 0, 3, 0)
  t.true(agreementOf(card('features'), both, rows(Number.NaN, 0, 1.1, 0, 3, 0)).agrees)
  t.false(agreementOf(card('features'), both, rows(Number.NaN, 0, 1.1, 0, 3, 0), mostInFloats).agrees)
  const none = agreementOf(card('features'), rows(1, 0, 3, 0), rows(Number.NaN, 0, 3, 0))
  t.false(none.agrees)
  t.regex(none.why, /is not a number of its variation off/)
})
