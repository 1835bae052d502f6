/** One picture of a set: PNG, JPEG, TIFF, WebP, or a NumPy array of bytes. Its header alone, or its pixels. */

import { decodePicture, mustBeOne, pictureFacts, sixteenBits } from '../../codecs/sharp.js'
import { CodecError, type Picture, UnsupportedData } from '../../codecs/types.js'
import { type RemoteOptions, withoutSecrets } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { type NpyHeader, npyHeadBytes, npyHeader, npyMagic } from '../../geometry/npy.js'
import type { ByteSource } from '../byte-source.js'
import { openUri } from '../files/by-scheme.js'
import { begins, isJpeg, isPng, isTiff, isWebp } from '../format.js'
import { defaultLimits } from '../limits.js'
import { pictureFrom } from '../picture-from.js'
import { type Directory, readDirectories } from '../tiff/directory.js'
import { compressionOf, type Page, pageOf } from '../tiff/page.js'
import { type PageTree, refuseLargerSubs } from '../tiff/vendor.js'

export interface SetPictureFacts {
  readonly width: number
  readonly height: number
  readonly format: string
  /** What a person should know. */
  readonly odd: string | null
}

/** Throws SlideError. */
export async function factsOf(uri: string, remote?: RemoteOptions): Promise<SetPictureFacts> {
  const { npy, from } = await lookAt(uri, remote)
  try {
    if (npy !== null) {
      const { width, height } = arrayOf(npy)
      return { width, height, format: 'npy', odd: null }
    }
    const facts = await pictureFacts(from)
    await mustBeOne(from, facts)
    const { width, height, format } = facts
    return { width, height, format, odd: sixteenBits(facts) }
  } catch (cause) {
    throw cause instanceof CodecError ? new SlideError('TILE_UNDECODABLE', `${withoutSecrets(uri)}: ${cause.message}`, { cause }) : cause
  }
}

/** RGB bytes; a picture of more pixels is not decoded at all. Throws SlideError or CodecError. */
export async function decodeOf(uri: string, mostPixels: number, remote?: RemoteOptions): Promise<Picture> {
  const { npy, from } = await lookAt(uri, remote)
  if (npy === null) return decodePicture(from, 'drop', mostPixels)
  const { width, height, channels, place } = arrayOf(npy)
  if (width * height > mostPixels) throw new CodecError(`the array has ${width} x ${height} pixels, more than ${mostPixels}`)
  const source = await openUri(uri, remote)
  try {
    const bytes = await source.read(npy.at, width * height * channels)
    const data = new Uint8Array(width * height * 3)
    for (let y = 0, o = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < 3; c++) data[o++] = bytes[y * place.y + x * place.x + (channels < 3 ? 0 : c * place.c)]!
      }
    }
    return { width, height, channels: 3, data }
  } finally {
    await source.close()
  }
}

interface Looked {
  /** The header of an array; null for a picture. */
  readonly npy: NpyHeader | null
  /** What the decoder of pictures takes. */
  readonly from: string | Uint8Array
}

/** An array, or a picture. The decoder would take more formats than a set does. Missing and forbidden files are found here, too. */
async function lookAt(uri: string, remote?: RemoteOptions): Promise<Looked> {
  const source = await openUri(uri, remote)
  try {
    const head = await source.read(0, Math.min(16, source.size))
    if (begins(head, npyMagic)) return { npy: await headOf(source), from: uri }
    if (isTiff(head)) await refuseMisread(source)
    if ([isTiff, isPng, isJpeg, isWebp].some((is) => is(head))) return { npy: null, from: await pictureFrom(source, defaultLimits) }
    throw new SlideError('SLIDE_UNSUPPORTED', `${source.uri} is no PNG, JPEG, TIFF, WebP or NumPy picture`)
  } finally {
    await source.close()
  }
}

/** What libvips reads as another picture, without a word: YCbCr that is no JPEG as RGB, and the preview of a raw picture. The rest is left to it. */
async function refuseMisread(source: ByteSource): Promise<void> {
  const { uri } = source
  const trees = await treesOf(source)
  const first = trees[0]?.page
  if (first === undefined) return
  if (first.photometric === 6 && compressionOf(first) !== 'jpeg')
    throw new SlideError('TILE_UNDECODABLE', `${uri} has YCbCr colours, and is no JPEG`, { hint: 'convert it to RGB' })
  refuseLargerSubs(first, trees, uri)
}

/** Empty where it is too odd for our own reader. */
async function treesOf(source: ByteSource): Promise<PageTree[]> {
  try {
    const directories = await readDirectories(source, defaultLimits, [])
    // A later page that is broken takes no check from those that can be read.
    const read = (directory: Directory): Page[] => {
      try {
        return [pageOf(directory, source.uri, defaultLimits)]
      } catch (error) {
        if (error instanceof SlideError) return []
        throw error
      }
    }
    const trees = directories.map((tree, number) => ({ pages: read(tree.page), subs: tree.subs.flatMap(read), tree, number }))
    return trees[0]?.pages.length === 0 ? [] : trees.flatMap(({ pages, ...tree }) => pages.map((page) => ({ page, ...tree })))
  } catch (error) {
    if (error instanceof SlideError) return []
    throw error
  }
}

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
