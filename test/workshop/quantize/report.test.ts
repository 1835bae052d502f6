/** What the printed report says beside the numbers. */

import test from 'ava'
import { quantizeText } from '../../../src/cli/models/quantize-text.js'
import { partsOf } from '../../../src/workshop/quantize/parts.js'
import type { QuantizeReport } from '../../../src/workshop/quantize/quantize.js'
import { refuseAnother, verdictOf } from '../../../src/workshop/quantize/verdict.js'

const report = (bits: 7 | 8, ratio: number) =>
  ({
    card: { name: 'small-int8', folder: '/small-int8' },
    parent: { name: 'small' },
    calibrated: 20,
    bits,
    way: 'all values',
    agreement: { pictures: 10, same: 9, mean: 0.01, most: 0.1, rms: 0.02, of: 'probabilities', typical: 0.3 },
    compared: 'patches not calibrated on',
    speed: { first: 20, second: 20 / ratio, ratio, rounds: 9 },
    bytes: { parent: 4e6, own: 1e6 },
    coverage: { layers: 6, of: 7, floats: ['Gemm'] },
    lookup: false,
  }) as unknown as QuantizeReport

test('without VNNI it points to weights of 7 bits, unless they are that already or nothing is known of the processor', (t) => {
  const hint = /this processor has no VNNI: --seven-bits is faster on it\n/
  t.regex(quantizeText(report(8, 1.4), false), hint)
  for (const [bits, vnni] of [
    [7, false],
    [8, true],
    [8, null],
  ] as const) {
    t.notRegex(quantizeText(report(bits, 1.4), vnni), hint)
  }
})

test('it advises against a model that is hardly faster', (t) => {
  t.regex(quantizeText(report(8, 1.1), true), /hardly faster than floats/)
  t.notRegex(quantizeText(report(8, 1.3), true), /hardly faster than floats/)
})

test('the ratio is that of the two rates beside it, as they are printed', (t) => {
  for (const [first, second] of [
    [2.151, 0.4235],
    [126.3, 27.55],
    [1000, 1000],
  ] as const) {
    const text = quantizeText({ ...report(8, 1), speed: { first, second, ratio: first / second, rounds: 9 } }, true)
    const [, ratio, from, to] = /speed +([\d.]+) × \(([\d.]+) → ([\d.]+) patches/.exec(text)!
    t.is(ratio, (Number(to) / Number(from)).toFixed(2), text)
  }
})

const agreement = (same: number | null, rms = 0.02) =>
  ({ ...report(8, 2).agreement, same, rms, of: same === null ? 'numbers' : 'probabilities' }) as QuantizeReport['agreement']

test('an agreement below nine tenths is said with a but, below a half it is no model', (t) => {
  t.deepEqual(
    [10, 9, 8, 5, 4, 0].map((same) => verdictOf(agreement(same))),
    ['good', 'good', 'poor', 'poor', 'another', 'another'],
  )
  // Two classes that were as likely as each other: no probability moved.
  t.deepEqual([verdictOf({ ...agreement(6), most: 0.01 }), verdictOf({ ...agreement(4), most: 0.01 })], ['good', 'another'])
  // Of numbers that are about 0.3: as far off as they are large is nothing in common.
  t.deepEqual(
    [0, 0.05, 0.1, 0.3].map((rms) => verdictOf(agreement(null, rms))),
    ['good', 'good', 'poor', 'another'],
  )
  const text = (same: number) => quantizeText({ ...report(8, 2), agreement: agreement(same) }, true)
  t.regex(text(8), /but +its answers are not those of its parent/)
  t.notRegex(text(9), /but /)
  t.notThrows(() => refuseAnother('small', agreement(5)))
  t.throws(() => refuseAnother('small', agreement(0)), {
    message: /^small says something else in int8: it gives the same class for 0 of 10 patches/,
    code: 'INT8_DIFFERS',
  })
  t.throws(() => refuseAnother('small', agreement(null, 0.3)), { message: /its numbers are 0.3 off, where they are about 0.3/ })
})

const samples = (...counts: number[]) =>
  counts.flatMap((count, slide) =>
    Array.from({ length: count }, (_, i) => ({ data: new Uint8Array([slide, i]), origin: `slide ${slide}` })),
  )
const slidesOf = (pictures: readonly Uint8Array[]) => [...new Set(pictures.map(([slide]) => slide))]

test('what is reported is measured on slides that nothing else has seen, where there are several', (t) => {
  const apart = partsOf(samples(8, 8, 8, 8))
  t.deepEqual([apart.ranges.length, apart.choose.length, apart.check.length, apart.apart], [16, 8, 8, 1])
  const seen = slidesOf([...apart.ranges, ...apart.choose])
  t.true(slidesOf(apart.check).every((slide) => !seen.includes(slide)))
  // A slide with most of the patches is not the one.
  t.deepEqual(slidesOf(partsOf(samples(40, 2, 2, 2, 2)).check), [1, 2, 3, 4].slice(0, 4))
  // Three slides, and files of one patch each: a half, a quarter, a quarter, as they come.
  for (const given of [samples(8, 8, 8), samples(...Array(24).fill(1))]) {
    const { ranges, choose, check, apart } = partsOf(given)
    t.deepEqual([ranges.length, choose.length, check.length, apart], [12, 6, 6, null])
  }
  const others = [new Uint8Array([9])]
  const given = partsOf(samples(8, 8, 8, 8), others)
  t.deepEqual([given.ranges.length, given.choose.length, given.check], [22, 10, others])
})
