/**
 * Tables of one axis for resampling: which source samples make output sample d, and with which weights. Computed once per
 * (source, output) length and kept, because a run resamples a hundred thousand patches of the same two sizes.
 */

import { kept } from './kept.js'

/** Output d is the sum of `weights[offset[d] + k] × source[start[d] + k]` for k below `offset[d + 1] - offset[d]`. */
export interface Spans {
  readonly start: Int32Array
  readonly offset: Int32Array
  readonly weights: Float64Array
}

/** Output d is the sum of `weights[taps × d + k] × source[index[taps × d + k]]`; weights are in 1/2048. */
export interface Taps {
  readonly taps: number
  readonly index: Int32Array
  readonly weights: Int32Array
}

/** OpenCV keeps weights of enlarging filters with 11 bits. */
const coefficientScale = 2048

/** With whole factors everything weighs 1, and the sum is divided once, so that ties round as OpenCV rounds them. */
export const counted = <S extends Spans>(spans: S): S => ({ ...spans, weights: new Float64Array(spans.weights.length).fill(1) })

/** What sums of whole factors are multiplied by. */
export const shareOf = (across: number, down: number): number => Math.fround(1 / (across * down))

/** The same of a part of the source: its samples count from `from` on, and the share of those outside of it is `rest` for each output. */
export interface PartSpans extends Spans {
  readonly rest: Float64Array
}

/**
 * Shrinking by area: each output sample is the mean over its share of the source, edges in part. `length >= outLength`. Shares are counted (each sample is 1)
 * where `whole`, else they are parts of 1. As large as the part, however long the source.
 */
export function areaSpansOf(length: number, outLength: number, part: { from: number; to: number }, whole: boolean): PartSpans {
  const scale = length / outLength
  const start = new Int32Array(outLength)
  const offset = new Int32Array(outLength + 1)
  const rest = new Float64Array(outLength)
  const weights: number[] = []
  for (let d = 0; d < outLength; d++) {
    const from = d * scale
    const to = from + scale
    const cell = Math.min(scale, length - from)
    const lastWhole = Math.min(Math.floor(to), length - 1)
    const firstWhole = Math.min(Math.ceil(from), lastWhole)
    // Edges thinner than 1/1000 of a sample are rounding noise: OpenCV drops them, and so must we to agree with it.
    const head = firstWhole - from > 1e-3 ? (firstWhole - from) / cell : 0
    const tail = to - lastWhole > 1e-3 ? Math.min(to - lastWhole, 1, cell) / cell : 0
    const first = head > 0 ? firstWhole - 1 : firstWhole
    const end = tail > 0 ? lastWhole + 1 : lastWhole
    const shareOf = (s: number) => (whole ? 1 : s < firstWhole ? head : s >= lastWhole ? tail : 1 / cell)
    const all = whole ? end - first : head + tail + (lastWhole - firstWhole) / cell
    let inside = 0
    const stop = Math.min(end, part.to)
    const begin = Math.max(first, part.from)
    for (let s = begin; s < stop; s++) {
      weights.push(shareOf(s))
      inside += shareOf(s)
    }
    start[d] = Math.min(Math.max(begin, part.from), part.to) - part.from
    offset[d + 1] = weights.length
    // Nothing is outside: not even what rounding leaves.
    rest[d] = begin === first && stop === end ? 0 : all - inside
  }
  return { start, offset, weights: Float64Array.from(weights), rest }
}

/** The same of all of the source. */
export const areaSpans = kept(
  (length: number, outLength: number): PartSpans => areaSpansOf(length, outLength, { from: 0, to: length }, false),
)

/**
 * Cubic convolution with A = -0.75 and the edge repeated; no antialiasing when shrinking, as OpenCV. The output shows the source from `from` on, as
 * much as `span` samples of it, which need not be whole.
 */
export const cubicTaps = kept((length: number, outLength: number, from = 0, span = length): Taps => {
  const scale = span / outLength
  const index = new Int32Array(4 * outLength)
  const weights = new Int32Array(4 * outLength)
  for (let d = 0; d < outLength; d++) {
    const x = Math.fround(from + (d + 0.5) * scale - 0.5)
    const i = Math.floor(x)
    const w = cubicWeights(Math.fround(x - i))
    for (let k = 0; k < 4; k++) {
      index[4 * d + k] = Math.min(Math.max(i - 1 + k, 0), length - 1)
      weights[4 * d + k] = fixed(w[k]!)
    }
  }
  return { taps: 4, index, weights }
})

/** What OpenCV does when asked for `area` where an axis grows: between nearest and linear. */
export const areaTaps = kept((length: number, outLength: number): Taps => {
  const inverse = outLength / length
  const scale = 1 / inverse
  const index = new Int32Array(2 * outLength)
  const weights = new Int32Array(2 * outLength)
  for (let d = 0; d < outLength; d++) {
    const s = Math.floor(d * scale)
    // In single precision before the floor: a share of almost 1 becomes 1, and then none.
    let f = Math.fround(d + 1 - (s + 1) * inverse)
    f = f <= 0 ? 0 : Math.fround(f - Math.floor(f))
    const last = s >= length - 1
    index[2 * d] = Math.min(s, length - 1)
    index[2 * d + 1] = Math.min(s + 1, length - 1)
    weights[2 * d] = last ? coefficientScale : fixed(1 - f)
    weights[2 * d + 1] = last ? 0 : fixed(f)
  }
  return { taps: 2, index, weights }
})

/** In single precision at every step: a weight near the middle of two 1/2048 must fall on the side where OpenCV's falls. */
function cubicWeights(x: number): [number, number, number, number] {
  const f = Math.fround
  const a = -0.75
  const one = f(x + 1)
  const rest = f(1 - x)
  const w0 = f(f(f(f(f(f(a * one) - 5 * a) * one) + 8 * a) * one) - 4 * a)
  const w1 = f(f(f(f(f((a + 2) * x) - (a + 3)) * x) * x) + 1)
  const w2 = f(f(f(f(f((a + 2) * rest) - (a + 3)) * rest) * rest) + 1)
  return [w0, w1, w2, f(f(f(1 - w0) - w1) - w2)]
}

/** A weight in 1/2048, ties to even. */
function fixed(weight: number): number {
  const scaled = Math.fround(weight) * coefficientScale
  const down = Math.floor(scaled)
  if (scaled - down === 0.5) return down + (down & 1)
  return Math.round(scaled)
}
