/** The report of a quantisation, as a person reads it. */

import { threeDigits } from '../../geometry/round.js'
import { hasVnni } from '../../models/session/processor.js'
import type { QuantizeReport } from '../../workshop/quantize/quantize.js'
import { verdictOf } from '../../workshop/quantize/verdict.js'
import { difference, megabytes } from '../amounts.js'

/** Below this a rounded model is not worth its rounding. */
const slow = 1.2

export function quantizeText(report: QuantizeReport, vnni = hasVnni()): string {
  const { card, parent, calibrated, bits, way, agreement, compared, speed, bytes, coverage, lookup } = report
  const { pictures, same, mean, most, of, typical } = agreement
  const rate = (ms: number) => threeDigits(1000 / ms)
  // Of the numbers as they are shown: a reader who divides them finds it.
  const ratio = rate(speed.second) / rate(speed.first)
  const differ =
    of === 'probabilities'
      ? `${difference(mean)} on average, ${difference(most)} at most`
      : `${difference(mean)} on average, ${difference(most)} at most, where numbers are about ${difference(typical)}`
  const rows: [string, string][] = [
    ['made of', `${parent.name}, ranges from ${way} on ${calibrated} patches`],
    ['computes in int8', `${coverage.layers} of ${coverage.of} layers; in floats: ${coverage.floats.join(', ') || 'nothing'}`],
    ['pixels enter as', lookup ? 'bytes through a table of 3 × 256, applied as batches are made' : 'the bytes they are'],
    ...(same === null
      ? []
      : ([['same class', `${same} of ${pictures} (${((100 * same) / pictures).toFixed(1)} %) on ${compared}`]] as [string, string][])),
    [of === 'probabilities' ? 'probabilities differ' : 'numbers differ', `${differ} (${pictures} ${compared})`],
    [
      'speed',
      `${ratio.toFixed(2)} × (${rate(speed.first)} → ${rate(speed.second)} patches/s on one thread, ${speed.rounds} alternating rounds)`,
    ],
    ['size', `${(bytes.own / bytes.parent).toFixed(2)} × (${megabytes(bytes.parent)} → ${megabytes(bytes.own)})`],
  ]
  if (verdictOf(agreement) === 'poor')
    rows.push(['but', 'its answers are not those of its parent: look at patches of your own before you use it, or --keep layers in floats'])
  if (bits === 8 && vnni === false) rows.push(['but', 'this processor has no VNNI: --seven-bits is faster on it'])
  if (ratio < slow) rows.push(['but', 'this is hardly faster than floats here: stay with those'])
  const wide = Math.max(...rows.map(([name]) => name.length))
  return `${card.name} is ready: ${card.folder}\n${rows.map(([name, value]) => `  ${name.padEnd(wide)}  ${value}\n`).join('')}`
}
