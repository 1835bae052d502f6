/** One picture of a set: PNG, JPEG, TIFF, WebP, or a NumPy array of bytes. Its header alone, or its pixels. */

import { decodePicture, mustBeOne, pictureFacts, sixteenBits } from '../../codecs/sharp.js'
import { CodecError, type Picture, UnsupportedData } from '../../codecs/types.js'
import { type RemoteOptions, withoutSecrets } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { type NpyHeader, npyHeadBytes, npyHeader, npyMagic } from '../../geometry/npy.js'
import { type ByteSource, truncated } from '../byte-source.js'
import { openUri } from '../files/by-scheme.js'
import { begins, isJpeg, isPng, isTiff, isWebp } from '../format.js'
import { defaultLimits } from '../limits.js'
import { pictureFrom } from '../picture-from.js'
import { decodeTiff, type TiffPicture, tiffPicture } from './tiff-picture.js'

export interface SetPictureFacts {
  readonly width: number
  readonly height: number
  readonly format: string
  /** What a person should know. */
  readonly odd: string | null
}

/** Throws SlideError. */
export async function factsOf(uri: string, remote?: RemoteOptions): Promise<SetPictureFacts> {
  return opened(uri, remote, async ({ npy, tiff, from }) => {
    if (npy !== null) {
      const { width, height } = arrayOf(npy)
      return { width, height, format: 'npy', odd: null }
    }
    if (tiff?.own) return { width: tiff.page.width, height: tiff.page.height, format: 'tiff', odd: null }
    const facts = await pictureFacts(from)
    if (tiff === null) await mustBeOne(from, facts)
    const { width, height, format } = facts
    return { width, height, format, odd: sixteenBits(facts) }
  }).catch(namedBy(uri))
}

const namedBy = (uri: string) => (cause: unknown) => {
  throw cause instanceof CodecError ? new SlideError('TILE_UNDECODABLE', `${withoutSecrets(uri)}: ${cause.message}`, { cause }) : cause
}

/** RGB bytes; a picture of more pixels is not decoded at all. Throws SlideError or CodecError. */
export function decodeOf(uri: string, mostPixels: number, remote?: RemoteOptions): Promise<Picture> {
  return opened(uri, remote, async ({ npy, tiff, from, source }) => {
    if (npy !== null) return decodeArray(npy, source, mostPixels)
    const own = tiff && (await decodeTiff(tiff, source, mostPixels))
    return own ?? decodePicture(from, 'drop', mostPixels, tiff !== null)
  })
}

/** The same for those who have no other name for it. Throws SlideError. */
export const decodeNamed = (uri: string, mostPixels: number): Promise<Picture> => decodeOf(uri, mostPixels).catch(namedBy(uri))

async function decodeArray(npy: NpyHeader, source: ByteSource, mostPixels: number): Promise<Picture> {
  const { width, height, channels, place } = arrayOf(npy)
  if (width * height > mostPixels) throw new CodecError(`the array has ${width} x ${height} pixels, more than ${mostPixels}`)
  const bytes = await source.read(npy.at, width * height * channels)
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[o++] = bytes[y * place.y + x * place.x + (channels < 3 ? 0 : c * place.c)]!
    }
  }
  return { width, height, channels: 3, data }
}

interface Looked {
  readonly source: ByteSource
  /** The header of an array. */
  readonly npy: NpyHeader | null
  /** The first page of a TIFF. */
  readonly tiff: TiffPicture | null
  /** What the decoder of pictures takes. */
  readonly from: string | Uint8Array
}

/** An array, or a picture. The decoder would take more formats than a set does. Missing and forbidden files are found here, too. */
async function opened<T>(uri: string, remote: RemoteOptions | undefined, use: (looked: Looked) => Promise<T>): Promise<T> {
  const source = await openUri(uri, remote)
  try {
    const head = await source.read(0, Math.min(16, source.size))
    if (begins(head, npyMagic)) return await use({ source, npy: await headOf(source), tiff: null, from: uri })
    if (![isTiff, isPng, isJpeg, isWebp].some((is) => is(head)))
      throw new SlideError('SLIDE_UNSUPPORTED', `${source.uri} is no PNG, JPEG, TIFF, WebP or NumPy picture`)
    const from = await pictureFrom(source, defaultLimits)
    const near = typeof from === 'string' ? source : held(source, from)
    return await use({ source: near, npy: null, tiff: isTiff(head) ? await tiffPicture(near) : null, from })
  } finally {
    await source.close()
  }
}

/** All of a file that is small or lies far away, which was read at once. */
const held = ({ uri, size, modified }: ByteSource, bytes: Uint8Array): ByteSource => ({
  uri,
  size,
  modified,
  read: async (offset, length) => {
    if (offset + length > bytes.length) throw truncated(uri, offset, length, size)
    return bytes.slice(offset, offset + length)
  },
  close: async () => {},
})

async function headOf(source: ByteSource): Promise<NpyHeader> {
  try {
    return npyHeader(await source.read(0, Math.min(npyHeadBytes, source.size)), source.size)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new SlideError('TILE_UNDECODABLE', `${source.uri}: ${cause.message}`, { cause })
  }
}

/** Rows × columns, grey or with channels: 1, 3 or 4 behind them, 1 or 3 before them; of four the last is alpha, and dropped as from a PNG. */
function arrayOf({ shape, columnsFirst, descr, kind }: NpyHeader) {
  if (kind.bytes !== 1 || descr.includes('i') || descr.includes('b'))
    throw new UnsupportedData(`an array of type '${descr}' is no picture: uint8 is read, 0 to 255`)
  // Bytes from one index of an axis to the next.
  const strides = shape.map((_, i) => (columnsFirst ? shape.slice(0, i) : shape.slice(i + 1)).reduce((a, b) => a * b, 1))
  const axes = shape.map((length, i) => ({ length, stride: strides[i]! }))
  while (axes.length > 3 && axes[0]!.length === 1) axes.shift()
  const [a, b, c] = axes
  if (a !== undefined && b !== undefined && axes.length <= 3) {
    const none = { length: 1, stride: 0 }
    const found =
      c === undefined || [1, 3, 4].includes(c.length)
        ? { y: a, x: b, c: c ?? none }
        : [1, 3].includes(a.length)
          ? { y: b, x: c, c: a }
          : undefined
    if (found !== undefined) {
      const place = { x: found.x.stride, y: found.y.stride, c: found.c.stride }
      return { width: found.x.length, height: found.y.length, channels: found.c.length, place }
    }
  }
  throw new UnsupportedData(`an array of ${shape.join(' x ')} is no picture: it has rows, columns and 3 channels`)
}
