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
 * which is less than that distance.
 */

import { areaSpans, type Spans } from './axis.js'
import { resampler } from './kernel.js'

interface Shrinker {
  readonly shrinkSmall: (...places: number[]) => void
  readonly shrinkLarge: (...places: number[]) => void
}

/** What `wat2wasm` makes of `area-fast.wat`; a test compares. */
export const kernelBytes =
  'AGFzbQEAAAABJwRgBH9/f38AYAF/AX9gCn9/f39/f39/fX0AYAp/f39/f39/f398AAISAQZwaXhlbHMGbWVtb3J5AgABAwUEAAECAwcdAgtzaHJpbmtTbWFsbAACC3Nocmlua0xhcmdlAAMKhwUEwgECBn8EeyAAIAIoAgBqIQcgAigCBCEGA0D9DAAAAAAAAAAAAAAAAAAAAAAhCv0MAAAAAAAAAAAAAAAAAAAAACELIAcgBGohCCACQQhqIQkgBiEFA0AgCP0CAwAhDCAJ/QgBACENIAogDCAN/b4B/a4BIQogCyAMIA39vwH9rgEhCyAIIAFqIQggCUEEaiEJIAVBAWsiBQ0ACyADIARBAnRqIQggCCAK/QsEACAIIAv9CwQQIARBCGohBCAEIAFJDQALCxAAIABBCCAAKAIEQQJ0amoL0gECBX8EeyAI/RMhECAJ/RMhEUMAAABL/RMhEgNAIAAgASAFIAcQACAFEAEhBSAGIQ4gAyELA0AgByAOKAIAaiENIA4oAgQhDCAOQQhqIQ4gECEPA0AgDyAN/QAEAP36ASAO/QkCAP36Af3mAf3kASEPIA1BDGohDSAOQQRqIQ4gDEEBayIMDQALIA8gEf3nASAS/eQBIQ8gAiAPIA/9DQAECAwAAAAAAAAAAAAAAAD9WgIAACACQQNqIQIgC0EBayILDQALIApBAWoiCiAESQ0ACwvbAQIFfwJ7IAn9FCEQA0AgACABIAUgBxAAIAUQASEFIAYhDiADIQsDQCAHIA4oAgBqIQ0gDigCBCEMIA5BCGohDiAI/REhDwNAIA8gDf0ABAAgDv0JAgD9tQH9rgEhDyANQQxqIQ0gDkEEaiEOIAxBAWsiDA0ACyACIA/9/gEgEP3yAf38ASAPIA/9DQgJCgsMDQ4PAAAAAAAAAAD9/gEgEP3yAf38Af0NAAQQFAAAAAAAAAAAAAAAAP1aAgAAIAJBA2ohAiALQQFrIgsNAAsgCkEBaiIKIARJDQALCw=='

/** Shrinks by area, where the sizes are of that kind. */
export const shrinkExactly = resampler({
  bytes: kernelBytes,
  tables(size, outSize) {
    const across = reduced(size.width, outSize.width)
    const down = reduced(size.height, outSize.height)
    if (!fits(across, down)) return null
    const stride = size.width * 3
    return {
      parts: across.length * down.length,
      isHalved: across.length === 2 && down.length === 2,
      rows: tableOf(areaSpans(size.height, outSize.height), down.length, stride),
      columns: tableOf(areaSpans(size.width, outSize.width), across.length, 12),
      sums: stride * 4,
    }
  },
  run({ shrinkSmall, shrinkLarge }: Shrinker, places, { parts, isHalved }) {
    // Exactly half, which only an even number of parts knows, goes to the even number, as what the kernel does; OpenCV rounds it up where
    // both sides are halved: a quarter more decides it, and nothing else.
    if (parts < 2 ** 16) shrinkSmall(...places, parts === 4 && isHalved ? 0.25 : 0, parts)
    // A little more than the true share: a whole number of grey levels must not come out below itself, and all else is farther away.
    else shrinkLarge(...places, parts >> 1, (1 + 2 ** -48) / parts)
  },
})

interface Ratio {
  readonly length: number
  readonly outLength: number
}

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
  // Below 1/1000 of a sample OpenCV leaves a share out, and the spans with it: then they are no whole numbers any more.
  const noneLeftOut = across.outLength < 1000 && down.outLength < 1000
  return (isWhole || odd) && noneLeftOut && 256 * parts < 2 ** 31 && Math.max(across.length, down.length) < 2 ** 16
}

/** For each output sample: where it begins, how many it takes, and their weights as whole numbers. */
function tableOf({ start, offset, weights }: Spans, length: number, bytesEach: number): Uint8Array {
  const numbers: number[] = []
  for (let d = 0; d < start.length; d++) {
    numbers.push(start[d]! * bytesEach, offset[d + 1]! - offset[d]!)
    for (let k = offset[d]!; k < offset[d + 1]!; k++) numbers.push(Math.round(weights[k]! * length))
  }
  return new Uint8Array(Int32Array.from(numbers).buffer)
}
