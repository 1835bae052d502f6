/**
 * Shrinking by area in whole numbers, four at a time (`area-fast.wat`, about ten times as fast as the loops of `area-stream.ts`), where both
 * give the same bytes beyond doubt.
 *
 * An output sample takes from a source sample a share that is a whole number over the (reduced) source length: 225 to 224 has shares of
 * 1/225. So a pixel is a whole number over width × height of the source. Where both are odd, no pixel lies half-way between two grey
 * levels, the nearest one lies 1 / (2 × width × height) off, and rounding errors of the other way, which are far smaller, cannot matter.
 * Where width and height are powers of two times the output's, there are no rounding errors.
 *
 * Where width × height is below 2^16, single precision does: sums are below 2^24, so exact, and a quotient below 256 is off by 2^-17 at most,
 * which is less than that distance. Else its quotient is a guess, and what is left of the sum tells the whole number.
 */

import { areaSpans, type Spans } from './axis.js'
import { resampler } from './kernel.js'
import type { Size } from './region.js'

export interface Shrinker {
  readonly shrinkSmall: (...places: number[]) => void
  readonly shrinkLarge: (...places: number[]) => void
}

/** What `wat2wasm` makes of `area-fast.wat`; a test compares. */
export const kernelBytes =
  'AGFzbQEAAAABLwVgBH9/f38AYAJ/fwBgAn9/AX9gDH9/f39/f39/fX1/fwBgCn9/f39/f39/f38AAhIBBnBpeGVscwZtZW1vcnkCAAEDBwYAAAECAwQHHQILc2hyaW5rU21hbGwABAtzaHJpbmtMYXJnZQAFCpEMBvsBAgZ/BXsgACACKAIAaiEHIAIoAgQhBgNA/QwAAAAAAAAAAAAAAAAAAAAAIQr9DAAAAAAAAAAAAAAAAAAAAAAhCyAHIARqIQggAkEIaiEJIAYhBQNAIAj9AgMAIQwgCCAJKAIAav0CAwAhDSAJ/QkCBCEOIAogDCAN/Q0AARARAgMSEwQFFBUGBxYXIA79ugH9rgEhCiALIAwgDf0NCAkYGQoLGhsMDRwdDg8eHyAO/boB/a4BIQsgCCABQQF0aiEIIAlBCGohCSAFQQFrIgUNAAsgAyAEQQJ0aiEIIAggCv0LBAAgCCAL/QsEECAEQQhqIQQgBCABSQ0ACwvwAQIGfwR7IAAgAigCAGohByACKAIEIQYDQP0MAAAAAAAAAAAAAAAAAAAAACEK/QwAAAAAAAAAAAAAAAAAAAAAIQsgByAEaiEIIAJBCGohCSAGIQUDQCAI/QAEACEMIAn9CAEAIQ0gCiAM/YkBIA39lQH9jgEhCiALIAz9igEgDf2VAf2OASELIAggAWohCCAJQQRqIQkgBUEBayIFDQALIAMgBEECdGohCCAIIAr9qQH9+gH9CwQAIAggCv2qAf36Af0LBBAgCCAL/akB/foB/QsEICAIIAv9qgH9+gH9CwQwIARBEGohBCAEIAFJDQALCycAA0AgACAA/QAEAP36Af0LBAAgAEEQaiEAIAFBBGsiAUEASg0ACwsQACAAQQggACgCBCABdGpqC4UEAgV/BHtDAAAAS/0TIRQgCP0TIRIgCf0TIRMDQCALBEAgACABIAUgBxABBSAAIAEgBSAHEAAgByABEAILIAVBAyALaxADIQUgBiEQIAMhDSAKQQJGBEADQCAHIBAoAgBqIQ8gEiAP/QAEACAQ/QkCBP3mAf3kASERIBEgD/0ABAwgEP0JAgj95gH95AEhESARIBP95wEgFP3kASERIAIgESAR/Q0ABAgMAAAAAAAAAAAAAAAA/VoCAAAgEEEMaiEQIAJBA2ohAiANQQFrIg0NAAsFIApBA0YEQANAIAcgECgCAGohDyASIA/9AAQAIBD9CQIE/eYB/eQBIREgESAP/QAEDCAQ/QkCCP3mAf3kASERIBEgD/0ABBggEP0JAgz95gH95AEhESARIBP95wEgFP3kASERIAIgESAR/Q0ABAgMAAAAAAAAAAAAAAAA/VoCAAAgEEEQaiEQIAJBA2ohAiANQQFrIg0NAAsFA0AgByAQKAIAaiEPIBAoAgQhDiAQQQhqIRAgEiERA0AgESAP/QAEACAQ/QkCAP3mAf3kASERIA9BDGohDyAQQQRqIRAgDkEBayIODQALIBEgE/3nASAU/eQBIREgAiARIBH9DQAECAwAAAAAAAAAAAAAAAD9WgIAACACQQNqIQIgDUEBayINDQALCwsgDEEBaiIMIARJDQALC98DAgV/CXtDAAAAS/0TIRZB////A/0RIRcgCP0RIRMgE/2hASEUQwAAgD8gCLKV/RMhEgNAIAAgASAFIAcQACAFQQMQAyEFIAYhDiADIQsgCUEDRgRAA0AgByAOKAIAaiENIBUgDf0ABAAgDv0JAgT9tQH9rgEhDyAPIA39AAQMIA79CQII/bUB/a4BIQ8gDyAN/QAEGCAO/QkCDP21Af2uASEPIBcgD/36ASAS/eYBIBb95AH9TiEQIA8gECAT/bUB/bEBQQH9qwEhESAQIBEgE/07/bEBIBEgFP05/a4BIRAgAiAQIBD9DQAECAwAAAAAAAAAAAAAAAD9WgIAACACQQNqIQIgDkEQaiEOIAtBAWsiCw0ACwUDQCAHIA4oAgBqIQ0gDigCBCEMIA5BCGohDiAVIQ8DQCAPIA39AAQAIA79CQIA/bUB/a4BIQ8gDUEMaiENIA5BBGohDiAMQQFrIgwNAAsgFyAP/foBIBL95gEgFv3kAf1OIRAgDyAQIBP9tQH9sQFBAf2rASERIBAgESAT/Tv9sQEgESAU/Tn9rgEhECACIBAgEP0NAAQIDAAAAAAAAAAAAAAAAP1aAgAAIAJBA2ohAiALQQFrIgsNAAsLIApBAWoiCiAESQ0ACws='

/** How the kernel is asked for a pair of sizes. */
export interface Shrinking {
  readonly parts: number
  readonly isSmall: boolean
  readonly isHalved: boolean
  readonly taps: number
  readonly isNarrow: boolean
  readonly rows: Uint8Array
  readonly columns: Uint8Array
  readonly sums: number
}

/** Shrinks by area, where the sizes are of that kind. */
export const shrinkExactly = resampler({
  bytes: kernelBytes,
  tables: (size, outSize) => (fits(...ratios(size, outSize)) ? shrinkingOf(size, outSize) : null),
  run({ shrinkSmall, shrinkLarge }: Shrinker, places, { parts, isSmall, isHalved, taps, isNarrow }) {
    // Exactly half, which only an even number of parts knows, goes to the even number, as what the kernel does; OpenCV rounds it up where
    // both sides are halved: a quarter more decides it, and nothing else.
    if (isSmall) shrinkSmall(...places, isHalved ? 0.25 : 0, parts, taps, isNarrow ? 1 : 0)
    else shrinkLarge(...places, parts, taps)
  },
})

export function shrinkingOf(size: Size, outSize: Size): Shrinking {
  const [across, down] = ratios(size, outSize)
  const stride = size.width * 3
  const parts = across.length * down.length
  const isSmall = parts < 2 ** 16
  // Sums of a column of source samples, of which the weights add up to as many.
  const isNarrow = isSmall && 255 * down.length < 2 ** 16
  const rows = areaSpans(size.height, outSize.height)
  const columns = areaSpans(size.width, outSize.width)
  const taps = fixedTaps(columns, size.width, isSmall ? 2 : 3)
  return {
    parts,
    isSmall,
    isHalved: across.length === 2 && down.length === 2,
    taps,
    isNarrow,
    rows: rowTable(rows, down.length, stride, isNarrow ? 1 : 2),
    columns: columnTable(columns, across.length, size.width, taps, isSmall ? bitsOf : (weight) => weight),
    // Sixteen are written at once.
    sums: (stride + 16) * 4,
  }
}

export interface Ratio {
  readonly length: number
  readonly outLength: number
}

/** Across and down. */
export const ratios = (size: Size, outSize: Size): readonly [Ratio, Ratio] => [
  reduced(size.width, outSize.width),
  reduced(size.height, outSize.height),
]

function reduced(length: number, outLength: number): Ratio {
  let [a, b] = [length, outLength]
  while (b > 0) [a, b] = [b, a % b]
  return { length: length / a, outLength: outLength / a }
}

function fits(across: Ratio, down: Ratio): boolean {
  const parts = across.length * down.length
  // A half, a quarter, an eighth: all that OpenCV computes is exact, and so is what the kernel does.
  const isWhole = across.outLength === 1 && down.outLength === 1 && (parts & (parts - 1)) === 0
  const odd = across.length % 2 === 1 && down.length % 2 === 1
  return (isWhole || odd) && noneLeftOut(across, down) && 256 * parts < 2 ** 31 && Math.max(across.length, down.length) < 2 ** 15
}

/** Below 1/1000 of a sample OpenCV leaves a share out, and the spans with it: then they are no whole numbers any more. */
export const noneLeftOut = (across: Ratio, down: Ratio): boolean => across.outLength < 1000 && down.outLength < 1000

/** Source samples that every output sample can take, some with no weight: `least`, or three; 0 where they are more, or there are not so many. */
function fixedTaps({ offset }: Spans, length: number, least: number): number {
  let most = least
  for (let d = 0; d + 1 < offset.length; d++) most = Math.max(most, offset[d + 1]! - offset[d]!)
  return most <= 3 && most <= length ? most : 0
}

/** The weights of the source samples of one output sample, as whole numbers. */
const wholeWeights = ({ offset, weights }: Spans, at: number, length: number): number[] =>
  Array.from(weights.subarray(offset[at]!, offset[at + 1]!), (weight) => Math.round(weight * length))

/**
 * For each output row: where it begins in bytes, how many source rows it takes (or pairs of them: `together`), and their weights; of a pair both in one
 * word, behind how far its second row lies from the first. A row that is alone goes with itself, without weight.
 */
function rowTable(spans: Spans, length: number, stride: number, together: 1 | 2): Uint8Array {
  const words: number[] = []
  for (const [d, start] of spans.start.entries()) {
    const own = wholeWeights(spans, d, length)
    words.push(start * stride, Math.ceil(own.length / together))
    if (together === 1) words.push(...own)
    else for (let k = 0; k < own.length; k += 2) words.push(k + 1 < own.length ? stride : 0, own[k]! | ((own[k + 1] ?? 0) << 16))
  }
  return new Uint8Array(Int32Array.from(words).buffer)
}

/**
 * For each output column: where its sums begin in bytes, how many it takes, and their weights. Where all take `taps`, how many is left out, and the last
 * ones of the `width` begin earlier, with sums that have no weight.
 */
function columnTable(spans: Spans, length: number, width: number, taps: number, word: (weight: number) => number): Uint8Array {
  const words: number[] = []
  for (const [d, start] of spans.start.entries()) {
    const own = wholeWeights(spans, d, length)
    const early = taps === 0 ? 0 : Math.max(0, start + taps - width)
    words.push((start - early) * 12)
    if (taps === 0) words.push(own.length, ...own.map(word))
    else for (let k = 0; k < taps; k++) words.push(word(own[k - early] ?? 0))
  }
  return new Uint8Array(Int32Array.from(words).buffer)
}

/** A number in single precision. */
const bitsOf = (float: number): number => new Int32Array(Float32Array.of(float).buffer)[0]!
