/**
 * Shrinking by area in whole numbers where samples may lie half-way between two grey levels: 256 to 224 has shares of 1/8. There the plain loops go where
 * their rounding errors lead. So the kernel makes the picture twice, with a little more and a little less than the true sums, and samples that differ are
 * worked out as those loops do it.
 */

import { kernelBytes, mostTiedParts, noneLeftOut, ratios, type Shrinker, shrinkingOf, shrinkSmall } from './area-fast.js'
import { areaSpans, counted, shareOf } from './axis.js'
import { type Resampler, resampler } from './kernel.js'
import type { Size } from './region.js'

const shrinkBeside = (bias: number): Resampler =>
  resampler({
    bytes: kernelBytes,
    tables(size, outSize) {
      const [across, down] = ratios(size, outSize)
      // A sum is a whole number, and below 2^22: a quarter beside it is exact, and decides what lies half-way, and nothing else.
      return noneLeftOut(across, down) && across.length * down.length < mostTiedParts ? shrinkingOf(size, outSize) : null
    },
    run: (shrinker: Shrinker, places, shrinking) => shrinkSmall(shrinker, places, shrinking, bias),
  })

const above = shrinkBeside(0.25)
const below = shrinkBeside(-0.25)

let lower = new Uint8Array(0)

/** Shrinks by area, where the sizes are of that kind. */
export const shrinkWithTies: Resampler = (source, size, out, outSize) => {
  if (!above(source, size, out, outSize)) return false
  const bytes = outSize.width * outSize.height * 3
  if (lower.length !== bytes) lower = new Uint8Array(bytes)
  below(source, size, lower, outSize)
  settle(source, size, out, outSize)
  return true
}

/** Each sample that both ways of rounding see otherwise, as `AreaStream` makes it. */
function settle(source: Uint8Array, size: Size, out: Uint8Array, outSize: Size): void {
  const [across, down] = [size.width / outSize.width, size.height / outSize.height]
  const isWhole = Number.isInteger(across) && Number.isInteger(down)
  const spansOf = (length: number, outLength: number) => (isWhole ? counted(areaSpans(length, outLength)) : areaSpans(length, outLength))
  const [columns, rows] = [spansOf(size.width, outSize.width), spansOf(size.height, outSize.height)]
  const share = isWhole ? shareOf(across, down) : 1
  const stride = size.width * 3
  // Rounds to the nearest, ties to even.
  const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, out.length)
  const run = outSize.width * 3
  for (let at = 0; at < lower.length; at++) {
    if (out[at] === lower[at]) continue
    const y = Math.floor(at / run)
    const x = Math.floor((at - y * run) / 3)
    const colour = at - y * run - x * 3
    let total = 0
    for (let i = columns.offset[x]!, s = columns.start[x]! * 3 + colour; i < columns.offset[x + 1]!; i++, s += 3) {
      let sum = 0
      for (let k = rows.offset[y]!, from = rows.start[y]! * stride + s; k < rows.offset[y + 1]!; k++, from += stride)
        sum += source[from]! * rows.weights[k]!
      total += sum * columns.weights[i]!
    }
    clamped[at] = total * share
  }
}
