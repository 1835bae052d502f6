/** Where the tiles of a codestream lie: its main header, then from one tile-part to the next. */

import { type ByteSource, type Extent, truncated } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'

const SOT = 0xff90
const END = 0xffd9

/** Longer headers hold tables of all packets. */
const MOST_HEADER = 16 * 2 ** 20
/** Bytes asked for at once: tile-parts may be small. */
const STRIDE = 4096

/** A view of `length` bytes at any place, of which a few more are kept. */
function windowOf(source: ByteSource, end: number, signal?: AbortSignal) {
  let kept: Extent = { offset: 0, length: 0 }
  let bytes: Uint8Array = new Uint8Array(0)
  return async (offset: number, length: number): Promise<DataView> => {
    if (offset + length > end) throw truncated(source.uri, offset, length, end)
    if (offset < kept.offset || offset + length > kept.offset + kept.length) {
      kept = { offset, length: Math.min(Math.max(STRIDE, length), end - offset) }
      bytes = await source.read(offset, kept.length, signal)
    }
    return new DataView(bytes.buffer, bytes.byteOffset + offset - kept.offset, length)
  }
}

/** The segments before the first tile-part. */
export async function mainHeaderOf(source: ByteSource, { offset, length }: Extent, signal?: AbortSignal): Promise<Uint8Array> {
  const view = windowOf(source, offset + length, signal)
  let at = offset + 2
  for (;;) {
    const segment = await view(at, 4)
    const marker = segment.getUint16(0)
    if (marker === SOT) return source.read(offset, at - offset, signal)
    if (marker < 0xff01 || segment.getUint16(2) < 2) throw malformed(source.uri, `has no segment at byte ${at} of its JPEG 2000 header`)
    at += 2 + segment.getUint16(2)
    if (at - offset > MOST_HEADER) throw malformed(source.uri, `has a JPEG 2000 header of more than ${MOST_HEADER} bytes`)
  }
}

/** The tile-parts of each of `tiles` tiles, in the order of the file. Throws SLIDE_TRUNCATED when a tile has none. */
export async function tilePartsOf(
  source: ByteSource,
  codestream: Extent,
  header: number,
  tiles: number,
  limits: Limits,
  signal?: AbortSignal,
): Promise<readonly (readonly Extent[])[]> {
  const { uri } = source
  const end = codestream.offset + codestream.length
  const view = windowOf(source, end, signal)
  const parts = Array.from({ length: tiles }, (): Extent[] => [])
  let missing = tiles
  for (let at = codestream.offset + header; at + 2 <= end; ) {
    const marker = (await view(at, 2)).getUint16(0)
    if (marker === END) break
    if (marker !== SOT) throw malformed(uri, `has no JPEG 2000 tile at byte ${at}`)
    const part = await view(at, 12)
    const [tile, said] = [part.getUint16(4), part.getUint32(6)]
    // 0: the last tile-part goes on to the end, of which the last two bytes may be the mark.
    const length = said === 0 ? end - at - 2 : said
    const own = parts[tile]
    if (own === undefined || length < 14 || length > limits.tileBytes) {
      throw malformed(uri, `has a tile-part of tile ${tile} of ${tiles} with ${length} bytes at byte ${at}`)
    }
    if (at + length > end) throw truncated(uri, at, length, end)
    if (own.length === 0) missing--
    own.push({ offset: at, length })
    at += said === 0 ? length + 2 : length
  }
  if (missing > 0) throw truncated(uri, end, missing, end)
  return parts
}
