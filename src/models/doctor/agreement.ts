/**
 * How far the answers of one way to compute are from those of another. Both were asked about the same pictures, which differ: what counts is
 * how large the differences are beside how the answers themselves differ from picture to picture.
 */

import type { BatchOutput } from '../../core/items.js'
import type { ModelCard, ModelOutput } from '../../core/model.js'

/**
 * Root mean square of the differences ÷ that of how the answers vary over the pictures, at most. Of classes twice as much, since there the
 * classes are compared, too; and of a graph of bytes twice as much again, whose sums fall on either side of a byte by chance, in every library.
 */
export const most = { vectors: 0.1, classes: 0.2 } as const

/** Of two libraries that both compute in float32: what is further apart is another operator, and no rounding. */
export const mostInFloats = { vectors: 0.01, classes: 0.01 } as const

/** Where the probability of the first class is this much above that of the second, the class must be the same. */
const clearLead = 0.2

/** Answers that differ by less are the same, however little they vary: beside their own size. */
const least = 1e-3

export interface Agreement {
  readonly agrees: boolean
  /** The largest of all outputs; 0.01 is one percent. */
  readonly apart: number
  /** What is too far apart, in words; empty when all agrees. */
  readonly why: string
}

type Answers = Readonly<Record<string, BatchOutput>>

export function agreementOf(
  card: ModelCard,
  reference: Answers,
  other: Answers,
  bounds: { readonly vectors: number; readonly classes: number } = most,
): Agreement {
  let apart = 0
  const whys: string[] = []
  for (const output of card.outputs) {
    const [a, b] = [reference[output.name]!, other[output.name]!]
    const share = apartIn(a, b)
    apart = Math.max(apart, share)
    const allowed = (output.kind === 'classes' ? bounds.classes : bounds.vectors) * (card.precision === 'int8' ? 2 : 1)
    if (!(share <= allowed)) whys.push(`output '${output.name}' is ${percent(share)} of its variation off, ${percent(allowed)} are allowed`)
    const flipped = output.kind === 'classes' ? flips(output, a, b) : 0
    if (flipped > 0)
      whys.push(`output '${output.name}' says another class for ${flipped} of ${a.data.length / a.width} pictures that were clear`)
  }
  return { agrees: whys.length === 0, apart, why: whys.join('; ') }
}

function apartIn({ data: a, width }: BatchOutput, { data: b }: BatchOutput): number {
  const rows = new Float64Array(width)
  const mean = new Float64Array(width)
  // What both have no number for is alike.
  const none = (i: number) => Number.isNaN(a[i]!) && Number.isNaN(b[i]!)
  for (let i = 0; i < a.length; i++) if (!none(i)) mean[i % width]! += (a[i]! - mean[i % width]!) / ++rows[i % width]!
  let [differs, varies, size] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    if (none(i)) continue
    differs += (a[i]! - b[i]!) ** 2
    varies += (a[i]! - mean[i % width]!) ** 2
    size += a[i]! ** 2
  }
  if (Number.isNaN(differs)) return Number.POSITIVE_INFINITY
  if (differs <= least ** 2 * size) return Math.sqrt(differs / Math.max(varies, size))
  return varies === 0 ? Number.POSITIVE_INFINITY : Math.sqrt(differs / varies)
}

/** Clear pictures that get another class. */
function flips({ width }: ModelOutput, { data: a }: BatchOutput, { data: b }: BatchOutput): number {
  let count = 0
  for (let from = 0; from < a.length; from += width) {
    const row = sharesIn(a, from, width)
    const [first = 0, second = Number.NEGATIVE_INFINITY] = [...row].sort((x, y) => y - x)
    if (first - second <= clearLead) continue
    if (row.indexOf(first) !== largest(sharesIn(b, from, width))) count++
  }
  return count
}

/** A single class is held against none. */
const sharesIn = (all: Float32Array, from: number, width: number): Float32Array =>
  width === 1 ? Float32Array.of(all[from]!, 1 - all[from]!) : all.subarray(from, from + width)

const largest = (row: Float32Array): number => row.reduce((best, value, i) => (value > row[best]! ? i : best), 0)

export const percent = (share: number): string => (Number.isFinite(share) ? `${Number((share * 100).toPrecision(2))} %` : 'not a number')
