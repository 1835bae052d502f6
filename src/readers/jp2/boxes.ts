/**
 * The boxes of a JP2 file, and what they say.
 *
 *     size (32 bits; 1: 64 bits follow the name; 0: to the end of the file) name (4 letters) …
 *     jp2h  ihdr, colr (method 1: a number, 16 sRGB, 17 grey, 18 YCbCr; 2: a profile), pclr (a palette), cdef (which channel is what),
 *           res  resc (when captured) or resd (for display): per metre, down: numerator, denominator (16 bits each), across: the same, then two exponents
 *     jp2c  the codestream
 */

import { UnsupportedData } from '../../codecs/types.js'
import { viewOf } from '../../core/bytes-of.js'
import type { ByteSource, Extent } from '../byte-source.js'
import { malformed } from '../malformed.js'

export interface Boxes {
  readonly codestream: Extent
  /** The content of jp2h; empty for a bare codestream. */
  readonly header: Uint8Array
}

const MOST_BOXES = 1000
/** A colour profile may be among it. */
const MOST_HEADER = 4 * 2 ** 20

export async function boxesOf(source: ByteSource, signal?: AbortSignal): Promise<Boxes> {
  const { uri, size } = source
  const start = await source.read(0, Math.min(4, size), signal)
  if (start[0] === 0xff) return { codestream: { offset: 0, length: size }, header: new Uint8Array(0) }
  let header: Uint8Array = new Uint8Array(0)
  for (let at = 0, count = 0; at + 8 <= size; count++) {
    if (count === MOST_BOXES) throw malformed(uri, `has more than ${MOST_BOXES} boxes before its codestream`)
    const head = viewOf(await source.read(at, Math.min(16, size - at), signal))
    const said = head.getUint32(0)
    const long = said === 1 && head.byteLength === 16
    const length = long ? Number(head.getBigUint64(8)) : said === 0 ? size - at : said
    const name = nameAt(head, 4)
    const offset = at + (long ? 16 : 8)
    if (length < offset - at) throw malformed(uri, `has a box of ${length} bytes at byte ${at}`)
    // What a file that was cut off has of its codestream: its tiles tell.
    if (name === 'jp2c') return { codestream: { offset, length: Math.min(at + length, size) - offset }, header }
    if (name === 'jp2h') {
      if (at + length - offset > MOST_HEADER) throw malformed(uri, `has a header box of ${length} bytes, more than ${MOST_HEADER}`)
      header = await source.read(offset, at + length - offset, signal)
    }
    at += length
  }
  throw malformed(uri, 'is a JP2 file without a codestream')
}

/** Refuses what the samples of a codestream alone do not tell; `ycc` where the file says it. Throws UnsupportedData. */
export function coloursOf(header: Uint8Array): { readonly ycc?: boolean } {
  if (boxIn(header, 'pclr') !== undefined) throw new UnsupportedData('the JPEG 2000 data has a palette')
  const channels = boxIn(header, 'cdef')
  for (let i = 0; channels !== undefined && i < channels.getUint16(0) && 8 + 6 * i <= channels.byteLength; i++) {
    const [channel, type, colour] = [2, 4, 6].map((at) => channels.getUint16(at + 6 * i)) as [number, number, number]
    if (type === 0 && colour !== channel + 1) throw new UnsupportedData(`the JPEG 2000 data has colour ${colour} in channel ${channel}`)
  }
  const colour = boxIn(header, 'colr')
  if (colour === undefined || colour.byteLength < 7 || colour.getUint8(0) !== 1) return {}
  const space = colour.getUint32(3)
  if (![SRGB, GREY, SYCC].includes(space))
    throw new UnsupportedData(`the JPEG 2000 data has colours of kind ${space}; sRGB, grey and YCbCr are read`)
  return { ycc: space === SYCC }
}

const SRGB = 16
const GREY = 17
const SYCC = 18

/** µm per pixel as captured. */
export function resolutionOf(header: Uint8Array): { readonly x: number; readonly y: number } | undefined {
  const box = boxIn(header, 'res ')
  const captured = box && boxIn(new Uint8Array(box.buffer, box.byteOffset, box.byteLength), 'resc')
  if (captured === undefined || captured.byteLength < 10) return undefined
  const along = (at: number, exponent: number) =>
    1e6 / ((captured.getUint16(at) / captured.getUint16(at + 2)) * 10 ** captured.getInt8(exponent))
  const [x, y] = [along(4, 9), along(0, 8)]
  return Number.isFinite(x) && Number.isFinite(y) && x > 0 && y > 0 ? { x, y } : undefined
}

/** The content of the first box of that name. */
function boxIn(bytes: Uint8Array, name: string): DataView | undefined {
  const view = viewOf(bytes)
  for (let at = 0; at + 8 <= bytes.length; ) {
    const said = view.getUint32(at)
    const length = said === 0 ? bytes.length - at : said
    if (length < 8 || at + length > bytes.length) return undefined
    if (nameAt(view, at + 4) === name) return viewOf(bytes.subarray(at + 8, at + length))
    at += length
  }
  return undefined
}

const nameAt = (view: DataView, at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)))
