/**
 * Whether the rest of lossy WebP data is zeros, as of a copy that was not finished: they are codes, of which a decoder makes the rest of the picture. Sound
 * data of one colour ends in zeros, too, of which libwebp writes less than a byte for each block of 16 x 16 pixels. (Lossless data may end in any number.)
 *
 *     "RIFF"  length (4)  "WEBP"     then pieces: name (4)  length (4)  data, filled up to 2 bytes; "VP8 " is what is lossy
 */

import { viewOf } from '../core/bytes-of.js'

const MOST_A_BLOCK = 2
const MOST_AT_ALL = 64

export function webpEndsInZeros(webp: Uint8Array, { width, height }: { readonly width: number; readonly height: number }): boolean {
  const view = viewOf(webp)
  const most = MOST_AT_ALL + MOST_A_BLOCK * Math.ceil(width / 16) * Math.ceil(height / 16)
  for (let at = 12; at + 8 <= webp.length; ) {
    const length = view.getUint32(at + 4, true)
    const end = Math.min(webp.length, at + 8 + length)
    if (view.getUint32(at) === 0x56503820) {
      const rest = webp.subarray(at + 8, end)
      return rest.length > most && rest.subarray(-most).every((byte) => byte === 0)
    }
    at = end + (length % 2)
  }
  return false
}
