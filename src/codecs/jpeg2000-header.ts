/** What a JPEG 2000 codestream says of itself before it is decoded. */

import { CodecError, checkBounds, type PictureBounds, UnsupportedData } from './types.js'

export interface Jpeg2000Header {
  /** Where the codestream begins: it may lie in the boxes of a JP2 file. */
  readonly start: number
  readonly width: number
  readonly height: number
  /** Of each component, the pixels from one sample to the next. */
  readonly steps: readonly { readonly x: number; readonly y: number }[]
  /** Pieces that the codestream is cut into. */
  readonly tiles: number
  /** The boxes around the codestream say that it is YCbCr; undefined where they say nothing. */
  readonly ycc?: boolean
}

/** Where each field of the SIZ segment lies, counted from the start of the codestream. */
export const siz = {
  width: 8,
  height: 12,
  left: 16,
  top: 20,
  tileWidth: 24,
  tileHeight: 28,
  tileLeft: 32,
  tileTop: 36,
  components: 40,
  steps: 42,
} as const

/**
 * The SIZ segment, which follows the start of the codestream:
 *
 *     FF 4F | FF 51 Lsiz Rsiz | Xsiz Ysiz XOsiz YOsiz (32 bits each) | XTsiz YTsiz XTOsiz YTOsiz | Csiz | (depth, dx, dy) per component
 *
 * Throws UnsupportedData for what cannot be had as one, three or four (with alpha) channels of 8 bits.
 */
export function readJpeg2000Header(bytes: Uint8Array, bounds: PictureBounds): Jpeg2000Header {
  const start = findStart(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start)
  if (view.byteLength < siz.steps + 3) throw new CodecError('the JPEG 2000 header ends early')
  const [left, top] = [view.getUint32(siz.left), view.getUint32(siz.top)]
  const [width, height] = [view.getUint32(siz.width) - left, view.getUint32(siz.height) - top]
  checkBounds('JPEG 2000 header', width, height, bounds)
  const components = view.getUint16(siz.components)
  if (view.byteLength < siz.steps + 3 * components) throw new CodecError('the JPEG 2000 header ends early')
  const steps: { x: number; y: number }[] = []
  for (let c = 0; c < components; c++) {
    const depth = view.getUint8(siz.steps + 3 * c)
    if (depth !== 7)
      throw new UnsupportedData(`the JPEG 2000 data has ${(depth & 127) + 1} bits a sample${depth > 127 ? ', signed' : ''}, not 8`)
    steps.push({ x: view.getUint8(siz.steps + 1 + 3 * c), y: view.getUint8(siz.steps + 2 + 3 * c) })
  }
  if (components !== 1 && components !== 3 && components !== 4) {
    throw new UnsupportedData(`the JPEG 2000 data has ${components} components, where RGB has 3`)
  }
  const odd = steps.find(({ x, y }, c) => (c === 0 ? x !== 1 || y !== 1 : !STEPS.includes(x) || !STEPS.includes(y)))
  if (odd !== undefined) throw new UnsupportedData(`the JPEG 2000 data has a component of every ${odd.x} x ${odd.y} pixels`)
  if (isSubsampled({ steps }) && components !== 3)
    throw new UnsupportedData(`the JPEG 2000 data has ${components} components of different sizes`)
  if (isSubsampled({ steps }) && (left !== 0 || top !== 0)) {
    throw new UnsupportedData(`the JPEG 2000 data has subsampled colours that begin at ${left}, ${top}`)
  }
  const along = (end: number, begin: number, side: number) => Math.ceil((end - view.getUint32(begin)) / view.getUint32(side))
  const tiles = along(left + width, siz.tileLeft, siz.tileWidth) * along(top + height, siz.tileTop, siz.tileHeight)
  return { start, width, height, steps, tiles, ...yccOf(bytes.subarray(0, start)) }
}

/** A decoder holds 11 KB of each tile before it looks at the first. */
export const MOST_TILES = 4096

/** Steps of colour components: 4:4:4 to 4:1:0. */
const STEPS: readonly number[] = [1, 2, 4]

export const isSubsampled = ({ steps }: Pick<Jpeg2000Header, 'steps'>): boolean => steps.some(({ x, y }) => x !== 1 || y !== 1)

/** The boxes of a JP2 file, of which one may say what the components are: an enumerated colour space, 18 is sYCC. */
function yccOf(boxes: Uint8Array): { readonly ycc?: boolean } {
  const text = Buffer.from(boxes.buffer, boxes.byteOffset, boxes.length)
  if (text.includes('pclr')) throw new UnsupportedData('the JPEG 2000 data has a palette')
  const colour = text.indexOf('colr')
  // METH 1 (enumerated), PREC, APPROX, EnumCS.
  return colour >= 0 && text[colour + 4] === 1 && colour + 11 <= text.length ? { ycc: text.readUInt32BE(colour + 7) === 18 } : {}
}

function findStart(bytes: Uint8Array): number {
  // In a JP2 file the codestream follows a handful of small boxes.
  const end = Math.min(bytes.length - 4, 65_536)
  for (let i = 0; i <= end; i++) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0x4f && bytes[i + 2] === 0xff && bytes[i + 3] === 0x51) return i
  }
  throw new CodecError('the JPEG 2000 data has no codestream header')
}
