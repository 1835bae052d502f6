/**
 * Whether all of a JPEG 2000 codestream is there. Decoders take what ends early for sound, and show what was in their memory before; but every
 * tile-part says how long it is.
 *
 *     FF 90 00 0A tile (16) Psot (32) TPsot TNsot     Psot: from its own start on; 0: to the end of the codestream
 *     FF D9                                           the end, which some writers leave out
 */

import { CodecError } from './types.js'

const [SOT, EOC] = [0xff90, 0xffd9]

/** The codestream that begins at `start`, with its end marked. Throws CodecError where it ends early. */
export function wholeCodestream(bytes: Uint8Array, start: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = start + 2
  let parts = 0
  while (at + 2 <= view.byteLength) {
    const marker = view.getUint16(at)
    if (marker === EOC && parts > 0) return bytes.subarray(start)
    if (at + 4 > view.byteLength) throw early()
    if (marker !== SOT) {
      // After the first tile-part there is no other marker; what stands there is no part of the picture.
      if (parts > 0) break
      at += 2 + view.getUint16(at + 2)
      continue
    }
    if (at + 12 > view.byteLength) throw early()
    parts++
    const length = view.getUint32(at + 6)
    if (length === 0) {
      if (!endsMarked(bytes)) throw early()
      return bytes.subarray(start)
    }
    if (length < 12) throw new CodecError(`the JPEG 2000 data has a tile-part of ${length} bytes`)
    at += length
  }
  if (parts === 0 || at > view.byteLength) throw early()
  return Buffer.concat([bytes.subarray(start, at), Uint8Array.of(0xff, 0xd9)])
}

const early = () => new CodecError('the JPEG 2000 data ends early')

/** Where no length is said, the mark at its end is; some bytes of padding may follow. */
function endsMarked(bytes: Uint8Array): boolean {
  let end = bytes.length
  while (end > 2 && bytes[end - 1] === 0 && bytes.length - end < 16) end--
  return bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9
}
