/**
 * Lossy WebP data whose rest is zeros, as of a copy that was not finished: they are codes, of which a decoder makes the rest of the picture. Sound data ends in
 * zeros, too: 14 bytes of them for each block of 16 x 16 pixels of one colour (by libwebp's method 0). But those are needed, and libwebp says so where they are
 * missing. (Lossless data may end in any number.)
 *
 *     "RIFF"  length (4)  "WEBP"     then pieces: name (4)  length (4)  data, filled up to 2 bytes; "VP8 " is what is lossy
 */

import { viewOf } from '../core/bytes-of.js'

const ZEROS = 64

/** The data without its last zeros; null where it ends in no more than a few. */
export function withoutLastZeros(webp: Uint8Array): Uint8Array | null {
  const view = viewOf(webp)
  for (let at = 12; at + 8 <= webp.length; ) {
    const length = view.getUint32(at + 4, true)
    const end = Math.min(webp.length, at + 8 + length)
    if (view.getUint32(at) === 0x56503820) {
      const rest = webp.subarray(at + 8, end)
      if (rest.length <= ZEROS || !rest.subarray(-ZEROS).every((byte) => byte === 0)) return null
      const shorter = Buffer.concat([webp.subarray(0, end - ZEROS), webp.subarray(end)])
      shorter.writeUInt32LE(shorter.length - 8, 4)
      shorter.writeUInt32LE(rest.length - ZEROS, at + 4)
      return shorter
    }
    at = end + (length % 2)
  }
  return null
}
