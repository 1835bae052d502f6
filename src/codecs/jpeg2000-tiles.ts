/**
 * A JPEG 2000 codestream of many tiles, cut into codestreams of one tile each, so that one can be decoded without the others.
 *
 *     FF4F  FF51 SIZ …  further segments  |  FF90 SOT: 10, tile (16), length of the tile-part (32), its number, how many  … FF93 data  |  …  FFD9
 *
 * The decoder does not know pictures that begin elsewhere than at 0, 0, so a tile is moved there. Wavelets, precincts and code-blocks stay what
 * they are, since the tiles' sides are powers of two that no level of the wavelets, nor a subsampled colour, divides.
 */

import { viewOf } from '../core/bytes-of.js'
import { siz } from './jpeg2000-header.js'
import { CodecError } from './types.js'

export interface CutCodestream {
  readonly tile: { readonly width: number; readonly height: number }
  readonly columns: number
  readonly rows: number
  /** One tile as a codestream of its own, of its tile-parts in order. Throws CodecError. */
  readonly one: (index: number, parts: readonly Uint8Array[]) => Uint8Array
}

const COD = 0xff52
const COC = 0xff53
const TLM = 0xff55
const PLM = 0xff57
const PPM = 0xff60
const SOD = 0xff93
const END = Uint8Array.of(0xff, 0xd9)

/** How a codestream with this main header (up to the first SOT) can be cut; null when it cannot, or has but one tile. */
export function cutOf(main: Uint8Array): CutCodestream | null {
  const view = viewOf(main)
  const number = (at: number) => view.getUint32(at)
  const [width, height] = [number(siz.width), number(siz.height)]
  const tile = { width: number(siz.tileWidth), height: number(siz.tileHeight) }
  if ([siz.left, siz.top, siz.tileLeft, siz.tileTop].some((at) => number(at) !== 0)) return null
  if (tile.width >= width && tile.height >= height) return null
  const components = view.getUint16(siz.components)
  let step = 1
  for (let c = 0; c < components; c++) step = Math.max(step, main[siz.steps + 1 + 3 * c]!, main[siz.steps + 2 + 3 * c]!)
  let wavelets = 0
  const kept: Uint8Array[] = [main.slice(0, 2)]
  for (const { marker, at, end } of segments(main, 2)) {
    if (marker === PPM) return null
    if (marker === COD) wavelets = Math.max(wavelets, main[at + 9]!)
    if (marker === COC) wavelets = Math.max(wavelets, main[at + (components < 257 ? 6 : 7)]!)
    // Tables of where all tiles lie.
    if (marker !== TLM && marker !== PLM) kept.push(main.slice(at, end))
  }
  const whole = (side: number) => Number.isInteger(Math.log2(side)) && side >= step * 2 ** wavelets
  if (!whole(tile.width) || !whole(tile.height)) return null
  const columns = Math.ceil(width / tile.width)
  const rows = Math.ceil(height / tile.height)
  // Their numbers have 16 bits.
  if (columns * rows > 65_535) return null
  const header = Buffer.concat(kept)
  return {
    tile,
    columns,
    rows,
    one: (index, parts) => {
      const head = Buffer.from(header)
      head.writeUInt32BE(Math.min(tile.width, width - (index % columns) * tile.width), siz.width)
      head.writeUInt32BE(Math.min(tile.height, height - Math.floor(index / columns) * tile.height), siz.height)
      return Buffer.concat([head, ...parts.map(first), END])
    },
  }
}

/** The tile-part as one of tile 0. */
function first(part: Uint8Array): Buffer {
  for (const { marker } of segments(part, 12, SOD)) {
    if (marker === COD || marker === COC) throw new CodecError('the JPEG 2000 tile has a coding style of its own')
  }
  const copy = Buffer.from(part)
  copy.writeUInt16BE(0, 4)
  return copy
}

/** Markers and where their segments begin and end. Throws CodecError when they are none. */
function* segments(bytes: Uint8Array, from: number, until?: number): Generator<{ marker: number; at: number; end: number }> {
  const view = viewOf(bytes)
  for (let at = from; at + 4 <= bytes.length; ) {
    const marker = view.getUint16(at)
    if (marker === until) return
    const end = at + 2 + view.getUint16(at + 2)
    if (marker < 0xff00 || end < at + 4 || end > bytes.length) throw new CodecError(`byte ${at} of the JPEG 2000 header is no segment`)
    yield { marker, at, end }
    at = end
  }
}
