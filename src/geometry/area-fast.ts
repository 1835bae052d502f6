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
  readonly shrinkRuns: (...places: number[]) => void
  readonly shrinkSmall: (...places: number[]) => void
  readonly shrinkLarge: (...places: number[]) => void
}

/** What `wat2wasm` makes of `area-fast.wat`; a test compares. */
export const kernelBytes =
  'AGFzbQEAAAABPAZgBH9/f38AYAJ/fwBgAn9/AX9gDH9/f39/f39/fX1/fwBgCn9/f39/f39/fX0AYAp/f39/f39/f39/AAISAQZwaXhlbHMGbWVtb3J5AgABAwkIAAAAAQIDBAUHKgMLc2hyaW5rU21hbGwABQpzaHJpbmtSdW5zAAYLc2hyaW5rTGFyZ2UABwqpEQj7AQIGfwV7IAAgAigCAGohByACKAIEIQYDQP0MAAAAAAAAAAAAAAAAAAAAACEK/QwAAAAAAAAAAAAAAAAAAAAAIQsgByAEaiEIIAJBCGohCSAGIQUDQCAI/QIDACEMIAggCSgCAGr9AgMAIQ0gCf0JAgQhDiAKIAwgDf0NAAEQEQIDEhMEBRQVBgcWFyAO/boB/a4BIQogCyAMIA39DQgJGBkKCxobDA0cHQ4PHh8gDv26Af2uASELIAggAUEBdGohCCAJQQhqIQkgBUEBayIFDQALIAMgBEECdGohCCAIIAr9CwQAIAggC/0LBBAgBEEIaiEEIAQgAUkNAAsL8AECBn8EeyAAIAIoAgBqIQcgAigCBCEGA0D9DAAAAAAAAAAAAAAAAAAAAAAhCv0MAAAAAAAAAAAAAAAAAAAAACELIAcgBGohCCACQQhqIQkgBiEFA0AgCP0ABAAhDCAJ/QgBACENIAogDP2JASAN/ZUB/Y4BIQogCyAM/YoBIA39lQH9jgEhCyAIIAFqIQggCUEEaiEJIAVBAWsiBQ0ACyADIARBAnRqIQggCCAK/akB/foB/QsEACAIIAr9qgH9+gH9CwQQIAggC/2pAf36Af0LBCAgCCAL/aoB/foB/QsEMCAEQRBqIQQgBCABSQ0ACwvCAgIGfwd7QYCAAv0QIRAgACACKAIAaiEHIAIoAgQhBiAGQQJGBEAgAv0IAQghDiAC/QgBDCEPA0AgByAEaiEIIAj9AAQAIQwgCCABav0ABAAhDSADIARBAXRqIQggCCAQIAz9iQEgDv2VAf2OASAN/YkBIA/9lQH9jgH9CwQAIAggECAM/YoBIA79lQH9jgEgDf2KASAP/ZUB/Y4B/QsEECAEQRBqIQQgBCABSQ0ACw8LA0AgECEKIBAhCyAHIARqIQggAkEIaiEJIAYhBQNAIAj9AAQAIQwgCf0IAQAhDiAKIAz9iQEgDv2VAf2OASEKIAsgDP2KASAO/ZUB/Y4BIQsgCCABaiEIIAlBBGohCSAFQQFrIgUNAAsgAyAEQQF0aiEIIAggCv0LBAAgCCAL/QsEECAEQRBqIQQgBCABSQ0ACwsnAANAIAAgAP0ABAD9+gH9CwQAIABBEGohACABQQRrIgFBAEoNAAsLEAAgAEEIIAAoAgQgAXRqaguFBAIFfwR7QwAAAEv9EyEUIAj9EyESIAn9EyETA0AgCwRAIAAgASAFIAcQAQUgACABIAUgBxAAIAcgARADCyAFQQMgC2sQBCEFIAYhECADIQ0gCkECRgRAA0AgByAQKAIAaiEPIBIgD/0ABAAgEP0JAgT95gH95AEhESARIA/9AAQMIBD9CQII/eYB/eQBIREgESAT/ecBIBT95AEhESACIBEgEf0NAAQIDAAAAAAAAAAAAAAAAP1aAgAAIBBBDGohECACQQNqIQIgDUEBayINDQALBSAKQQNGBEADQCAHIBAoAgBqIQ8gEiAP/QAEACAQ/QkCBP3mAf3kASERIBEgD/0ABAwgEP0JAgj95gH95AEhESARIA/9AAQYIBD9CQIM/eYB/eQBIREgESAT/ecBIBT95AEhESACIBEgEf0NAAQIDAAAAAAAAAAAAAAAAP1aAgAAIBBBEGohECACQQNqIQIgDUEBayINDQALBQNAIAcgECgCAGohDyAQKAIEIQ4gEEEIaiEQIBIhEQNAIBEgD/0ABAAgEP0JAgD95gH95AEhESAPQQxqIQ8gEEEEaiEQIA5BAWsiDg0ACyARIBP95wEgFP3kASERIAIgESAR/Q0ABAgMAAAAAAAAAAAAAAAA/VoCAAAgAkEDaiECIA1BAWsiDQ0ACwsLIAxBAWoiDCAESQ0ACwvSAgIGfwl7Qf8B/REhGEOAAABL/RMhFiAI/RMhFCAJ/RMhFSAG/QkCACEXA0AgACABIAUgBxACIAVBAhAEIQUgBigCBCELIAZBCGohDgNAIA4oAgAhDCAHIA4oAgRqIQ0gDkEIaiEOIAIhDyACIAxqIQIDQCAN/QAEACEQIA39AAQGIREgFyAQIBH9DQABEBECAxITBAUUFQYHFhcgDv0ABAD9ugH9rgEhEiAXIBAgEf0NCAkYGQoLGhsMDRwdDg8eHyAO/QAEEP26Af2uASETIBQgEv36Af3kASAV/eYBIBb95AEhEiAUIBP9+gH95AEgFf3mASAW/eQBIRMgEiAY/U4gEyAY/U79hQEhEiAPIBIgEv1m/VsDAAAgDUEQaiENIA5BIGohDiAPQQhqIQ8gDEEIayIMQQBKDQALIAtBAWsiCw0ACyAKQQFqIgogBEkNAAsL3wMCBX8Je0MAAABL/RMhFkH///8D/REhFyAI/REhEyAT/aEBIRRDAACAPyAIspX9EyESA0AgACABIAUgBxAAIAVBAxAEIQUgBiEOIAMhCyAJQQNGBEADQCAHIA4oAgBqIQ0gFSAN/QAEACAO/QkCBP21Af2uASEPIA8gDf0ABAwgDv0JAgj9tQH9rgEhDyAPIA39AAQYIA79CQIM/bUB/a4BIQ8gFyAP/foBIBL95gEgFv3kAf1OIRAgDyAQIBP9tQH9sQFBAf2rASERIBAgESAT/Tv9sQEgESAU/Tn9rgEhECACIBAgEP0NAAQIDAAAAAAAAAAAAAAAAP1aAgAAIAJBA2ohAiAOQRBqIQ4gC0EBayILDQALBQNAIAcgDigCAGohDSAOKAIEIQwgDkEIaiEOIBUhDwNAIA8gDf0ABAAgDv0JAgD9tQH9rgEhDyANQQxqIQ0gDkEEaiEOIAxBAWsiDA0ACyAXIA/9+gEgEv3mASAW/eQB/U4hECAPIBAgE/21Af2xAUEB/asBIREgECARIBP9O/2xASARIBT9Of2uASEQIAIgECAQ/Q0ABAgMAAAAAAAAAAAAAAAA/VoCAAAgAkEDaiECIAtBAWsiCw0ACwsgCkEBaiIKIARJDQALCw=='

/** Where samples may lie half-way between two grey levels (`area-ties.ts`) there are fewer parts than that. */
export const mostTiedParts = 2 ** 14

/** How the kernel is asked for a pair of sizes. */
export interface Shrinking {
  readonly parts: number
  readonly isSmall: boolean
  readonly isHalved: boolean
  readonly taps: number
  readonly isNarrow: boolean
  /** The columns come in long runs. */
  readonly inRuns: boolean
  readonly rows: Uint8Array
  readonly columns: Uint8Array
  readonly sums: number
}

/** Shrinks by area, where the sizes are of that kind. */
export const shrinkExactly = resampler({
  bytes: kernelBytes,
  tables: (size, outSize) => (fits(...ratios(size, outSize)) ? shrinkingOf(size, outSize) : null),
  run(shrinker: Shrinker, places, shrinking) {
    // Exactly half, which only an even number of parts knows, goes to the even number, as what the kernel does; OpenCV rounds it up where
    // both sides are halved: a quarter more decides it, and nothing else.
    if (shrinking.isSmall) shrinkSmall(shrinker, places, shrinking, shrinking.isHalved ? 0.25 : 0)
    else shrinker.shrinkLarge(...places, shrinking.parts, shrinking.taps)
  },
})

/** Where sums are small. `bias` is added to each. */
export function shrinkSmall(
  { shrinkRuns, shrinkSmall }: Shrinker,
  places: readonly number[],
  { parts, taps, isNarrow, inRuns }: Shrinking,
  bias: number,
): void {
  if (inRuns) shrinkRuns(...places, bias, 1 / parts)
  else shrinkSmall(...places, bias, parts, taps, isNarrow ? 1 : 0)
}

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
  const weighed = weighedColumns(columns, across.length, size.width, taps)
  // Weights have 15 bits there.
  const runs = isNarrow && taps === 2 && across.length < 2 ** 15 && productRounds(parts) ? runsOf(weighed) : []
  const inRuns = runs.length > 0 && runs.length * shortestRun <= outSize.width
  return {
    parts,
    isSmall,
    isHalved: across.length === 2 && down.length === 2,
    taps,
    isNarrow,
    inRuns,
    rows: rowTable(rows, down.length, stride, isNarrow ? 1 : 2),
    columns: inRuns ? runTable(runs, across.length, parts) : columnTable(weighed, taps, isSmall ? bitsOf : (weight) => weight),
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

interface WeighedColumn {
  /** Its first source column. */
  readonly from: number
  readonly weights: readonly number[]
}

/** Where all take `taps`, the last ones of the `width` begin earlier, with source columns that have no weight. */
function weighedColumns(spans: Spans, length: number, width: number, taps: number): WeighedColumn[] {
  return Array.from(spans.start, (start, d) => {
    const own = wholeWeights(spans, d, length)
    const early = taps === 0 ? 0 : Math.max(0, start + taps - width)
    return { from: start - early, weights: taps === 0 ? own : Array.from({ length: taps }, (_, k) => own[k - early] ?? 0) }
  })
}

/** For each output column: where its sums begin in bytes, how many it takes (left out where all take `taps`), and their weights. */
function columnTable(columns: readonly WeighedColumn[], taps: number, word: (weight: number) => number): Uint8Array {
  const words = columns.flatMap(({ from, weights }) => [from * 12, ...(taps === 0 ? [weights.length] : []), ...weights.map(word)])
  return new Uint8Array(Int32Array.from(words).buffer)
}

/**
 * Whether the product of a sum with 1 / `parts`, both in single precision, rounds to the whole number that their quotient rounds to. The quotients lie
 * between -128 and 128: what 1 / `parts` is off counts so many times, and the product is off by 2^-18 at most. The nearest sum lies half a part off the
 * middle of two whole numbers, or a quarter where that is added for ties.
 */
function productRounds(parts: number): boolean {
  const off = Math.abs(Math.fround(1 / parts) * parts - 1)
  return 128 * off + 2 ** -18 < 1 / parts / (parts < mostTiedParts ? 4 : 2)
}

/** Columns that each begin one source column after the one before it. */
function runsOf(columns: readonly WeighedColumn[]): WeighedColumn[][] {
  const runs: WeighedColumn[][] = []
  for (const column of columns) {
    const last = runs.at(-1)
    if (last?.at(-1)?.from === column.from - 1) last.push(column)
    else runs.push([column])
  }
  return runs
}

/** Columns that a run has in the mean, at least: the more there are, the fewer bytes are worked out twice. */
const shortestRun = 12

/** As `shrinkRuns` takes it: pairs of weights for each byte of a pixel. */
function runTable(runs: readonly (readonly WeighedColumn[])[], length: number, parts: number): Uint8Array {
  const words = [2 ** 15 * length - 128 * parts, runs.length]
  for (const run of runs) {
    const pairs = run.flatMap(({ weights: [first, second] }) => Array<number>(3).fill(first! | (second! << 16)))
    words.push(pairs.length, run[0]!.from * 6, ...pairs, ...Array<number>(-pairs.length & 7).fill(0))
  }
  return new Uint8Array(Int32Array.from(words).buffer)
}

/** A number in single precision. */
const bitsOf = (float: number): number => new Int32Array(Float32Array.of(float).buffer)[0]!
