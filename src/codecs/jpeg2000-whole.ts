/**
 * Whether all of a JPEG 2000 codestream is there. Decoders take what ends early, or lacks a tile, for sound, and show what was in their memory
 * before; but every tile-part says how long it is, of which tile, and may say of how many parts that tile is.
 *
 *     FF 90 00 0A tile (16) Psot (32) TPsot TNsot     Psot: from its own start on; 0: to the end of the codestream. TNsot: 0 where it is not told
 *     FF D9                                           the end, which some writers leave out
 */

import { viewOf } from '../core/bytes-of.js'
import type { Jpeg2000Header } from './jpeg2000-header.js'
import { CodecError } from './types.js'

const [SOT, EOC] = [0xff90, 0xffd9]

/** The codestream that begins at `start`, with its end marked. Throws CodecError where it ends early, or has not all of its `tiles`. */
export function wholeCodestream(bytes: Uint8Array, { start, tiles }: Pick<Jpeg2000Header, 'start' | 'tiles'>): Uint8Array {
  const view = viewOf(bytes)
  let at = start + 2
  let parts = 0
  /** Of each tile, how many parts it has, and the most that one of them says. (Some writers say one too few.) */
  const found = new Map<number, { readonly has: number; readonly said: number }>()
  const checked = (codestream: Uint8Array): Uint8Array => {
    if (found.size < tiles) throw new CodecError(`the JPEG 2000 data has ${found.size} of its ${tiles} tiles`)
    for (const [tile, { has, said }] of found)
      if (has < said) throw new CodecError(`the JPEG 2000 data has ${has} of the ${said} parts of its tile ${tile}`)
    return codestream
  }
  while (at + 2 <= view.byteLength) {
    const marker = view.getUint16(at)
    if (marker === EOC && parts > 0) return checked(bytes.subarray(start))
    if (at + 4 > view.byteLength) throw early()
    if (marker !== SOT) {
      // After the first tile-part there is no other marker; what stands there is no part of the picture.
      if (parts > 0) break
      at += 2 + view.getUint16(at + 2)
      continue
    }
    if (at + 12 > view.byteLength) throw early()
    parts++
    const tile = view.getUint16(at + 4)
    const { has, said } = found.get(tile) ?? { has: 0, said: 0 }
    found.set(tile, { has: has + 1, said: Math.max(said, view.getUint8(at + 11)) })
    const length = view.getUint32(at + 6)
    if (length === 0) {
      if (!endsMarked(bytes)) throw early()
      return checked(bytes.subarray(start))
    }
    if (length < 12) throw new CodecError(`the JPEG 2000 data has a tile-part of ${length} bytes`)
    at += length
  }
  if (parts === 0 || at > view.byteLength) throw early()
  return checked(Buffer.concat([bytes.subarray(start, at), Uint8Array.of(0xff, 0xd9)]))
}

const early = () => new CodecError('the JPEG 2000 data ends early')

/** Where no length is said, the mark at its end is; some bytes of padding may follow. */
function endsMarked(bytes: Uint8Array): boolean {
  let end = bytes.length
  while (end > 2 && bytes[end - 1] === 0 && bytes.length - end < 16) end--
  return bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9
}
