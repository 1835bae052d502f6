/** What the printed report says beside the numbers. */

import test from 'ava'
import { quantizeText } from '../../../src/cli/models/quantize-text.js'
import type { QuantizeReport } from '../../../src/models/quantize/quantize.js'

const report = (bits: 7 | 8, ratio: number) =>
  ({
    card: { name: 'small-int8', folder: '/small-int8' },
    parent: { name: 'small' },
    calibrated: 20,
    bits,
    way: 'all values',
    agreement: { pictures: 10, same: 9, mean: 0.01, most: 0.1, rms: 0.02, of: 'probabilities', typical: 0.3 },
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
