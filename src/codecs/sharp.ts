/** sharp's doorway: PNG, JPEG and WebP pictures, and WebP tiles. */

import { TiastreamError } from '../core/errors.js'
import { readPlain } from '../core/files/plain-file.js'
import { cmykToRgb } from './colour.js'
import { type JudgedJpeg, judgedJpeg } from './jpeg-picture.js'
import { withoutTexts } from './png-texts.js'
import { loadSharp, type Sharp } from './sharp-library.js'
import { CodecError, type Picture, UnsupportedData } from './types.js'
import { withoutLastZeros } from './webp-zeros.js'

export interface PictureFacts {
  readonly width: number
  readonly height: number
  readonly format: string
  readonly channels: number
  readonly depth: string
  readonly pages: number
  /** As EXIF counts them; 1 is upright. */
  readonly orientation: number
}

const MAX_PIXELS = 2 ** 28

async function open(from: string | Uint8Array, maxPixels: number, page?: number, failOn: 'error' | 'warning' = 'error'): Promise<Sharp> {
  const sharp = await loadSharp()
  // Our own caches and lanes do the work: libvips' cache would hold pictures, its threads would fight with the lanes.
  sharp.cache(false)
  sharp.concurrency(1)
  return sharp(await withoutTexts(from), {
    limitInputPixels: Math.min(maxPixels, MAX_PIXELS),
    failOn,
    // The stored numbers, as OpenCV, Pillow and a TIFF of the same picture give them: networks were trained on those. Converting a picture
    // by its colour profile moves them by 40 grey levels.
    ignoreIcc: true,
    ...(page === undefined ? {} : { page }),
  })
}

/** Size and format, as it will be after its orientation is applied; no pixel is decoded. */
export async function pictureFacts(from: string | Uint8Array, page?: number): Promise<PictureFacts> {
  try {
    const { width, height, format, channels, depth, pages, orientation } = await (await open(from, MAX_PIXELS, page)).metadata()
    const turned = orientation !== undefined && orientation >= 5
    return {
      width: turned ? height : width,
      height: turned ? width : height,
      format,
      channels,
      depth,
      pages: pages ?? 1,
      orientation: orientation ?? 1,
    }
  } catch (cause) {
    throw undecoded("the picture's header cannot be read", cause)
  }
}

/**
 * RGB bytes of a picture: orientation applied, alpha dropped (`drop`, as OpenCV does when it reads a picture), or, of what is a part of
 * another picture, both left as they are (`keep`); grey as RGB; 16 bits as 8; CMYK as OpenCV makes RGB of it.
 */
export async function decodePicture(
  from: string | Uint8Array,
  alpha: 'drop' | 'keep',
  maxPixels: number,
  /** Which page is meant has been looked at. */
  isOne = false,
): Promise<Picture> {
  try {
    const stored = await open(from, maxPixels)
    if (alpha === 'keep') return await notOfZeros(await pixelsOf(stored.toColourspace('srgb')), from)
    const image = stored.autoOrient()
    const { space, depth, channels, pages, format, orientation = 1 } = await image.metadata()
    if (channels > 4 || space === 'multiband') throw new UnsupportedData(`the picture has ${channels} channels, which are no colours`)
    if (!isOne) await mustBeOne(from, { pages, format })
    if (!eightOrSixteen.includes(depth)) throw new UnsupportedData(`the picture has samples of type ${depth}; 8 or 16 bits are read`)
    if (depth === 'ushort') await mustBeBright(from, maxPixels)
    const pixels = (picture: Sharp) =>
      space === 'cmyk' ? decodeCmyk(picture, depth) : pixelsOf(picture.toColourspace('srgb').removeAlpha())
    if (format === 'webp') return await notOfZeros(await pixels(image), from)
    if (format !== 'jpeg') return await pixels(image)
    const { jpeg, picture } = await judgedFrom(from, Math.min(maxPixels, MAX_PIXELS))
    if (picture !== null && orientation === 1) return picture
    return await pixels((await open(jpeg, maxPixels, undefined, 'warning')).autoOrient())
  } catch (cause) {
    throw undecoded('the picture is damaged or too large', cause)
  }
}

/** The picture of WebP data. Throws CodecError where a part of it was made of zeros: what is whole is none without its last ones. */
async function notOfZeros(picture: Picture, from: string | Uint8Array): Promise<Picture> {
  const shorter = withoutLastZeros(await bytesOf(from))
  if (shorter === null) return picture
  // Not `stats`, which misses errors where other pictures are read beside it.
  const isNoWorse = await pixelsOf(await open(shorter, MAX_PIXELS)).then(
    () => true,
    () => false,
  )
  if (isNoWorse) throw new CodecError('the WebP data ends in zeros: is it a copy that was not finished?')
  return picture
}

/** A JPEG that is read in strips, once all of it is sound. Throws CodecError. */
export const soundJpeg = async (from: string | Uint8Array): Promise<Uint8Array> => {
  try {
    return (await judgedFrom(from, MAX_PIXELS)).jpeg
  } catch (cause) {
    throw undecoded('the picture is damaged or too large', cause)
  }
}

const judgedFrom = async (from: string | Uint8Array, maxPixels: number): Promise<JudgedJpeg> => judgedJpeg(await bytesOf(from), maxPixels)

/** Of a compressed picture, as of one on a server. */
const MOST_BYTES = 2 ** 28

const bytesOf = async (from: string | Uint8Array): Promise<Uint8Array> => (typeof from === 'string' ? readPlain(from, MOST_BYTES) : from)

/** What a camera of 12 bits, or a program of 8, wrote into 16 becomes black when the upper 8 are taken. Throws UnsupportedData. */
async function mustBeBright(from: string | Uint8Array, maxPixels: number): Promise<void> {
  const { channels } = await (await open(from, maxPixels)).stats()
  const most = Math.max(...channels.map(({ max }) => max))
  if (most > 0 && most < 4096) throw new UnsupportedData(`the picture has 16 bits and no sample above ${most}: the upper 8 are black`)
}

/** What a person should know of samples of 16 bits. */
export const sixteenBits = ({ depth }: Pick<PictureFacts, 'depth'>): string | null =>
  depth === 'ushort' ? 'its samples have 16 bits, of which the upper 8 are taken' : null

/** Pages of a TIFF that are looked at. */
const mostPages = 64

/** One page is the picture: the others of a TIFF are smaller (a pyramid), or nobody knows which is meant. Throws UnsupportedData. */
export async function mustBeOne(
  from: string | Uint8Array,
  { pages = 1, format }: { readonly pages?: number | undefined; readonly format: string },
) {
  if (pages <= 1) return
  if (format !== 'tiff') throw new UnsupportedData(`the picture is animated: it has ${pages} frames`)
  const areas: number[] = []
  for (let page = 0; page < Math.min(pages, mostPages); page++) {
    const { width, height } = await pictureFacts(from, page)
    areas.push(width * height)
  }
  const rival = areas.findIndex((area, page) => page > 0 && area >= areas[0]!)
  if (pages > mostPages || rival > 0)
    throw new UnsupportedData(
      `the picture has ${pages} pages${rival > 0 ? `, and page ${rival + 1} is as large as the first` : ''}: which one is meant?`,
    )
}

/** What else a TIFF may hold (floating point, signed or 32 bits) has no one meaning in 8 bits: 0 to 1 would become black. */
const eightOrSixteen: readonly string[] = ['uchar', 'ushort']

async function decodeCmyk(image: Sharp, depth: string): Promise<Picture> {
  const inks = image.pipelineColourspace('cmyk').toColourspace('cmyk')
  // What is not converted is not shifted either: asked for as bytes, all that is above 255 becomes 255, which is black.
  const { width, height, channels, data } = await (depth === 'ushort' ? upperBytesOf(inks) : pixelsOf(inks))
  if (channels !== 4) throw new CodecError(`CMYK with ${channels} channels`)
  const rgb = new Uint8Array(width * height * 3)
  cmykToRgb(data, rgb, width * height)
  return { width, height, channels: 3, data: rgb }
}

async function pixelsOf(image: Sharp): Promise<Picture> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels: info.channels, data }
}

async function upperBytesOf(image: Sharp): Promise<Picture> {
  const { data: wide, info } = await image.raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true })
  const words = new Uint16Array(wide.buffer, wide.byteOffset, wide.length / 2)
  return { width: info.width, height: info.height, channels: info.channels, data: Uint8Array.from(words, (word) => word >> 8) }
}

/** Some rows of a picture as it lies in the file: colours (with alpha, where it has it) or grey, 8 bits each. */
export async function pictureStrips(
  from: string | Uint8Array,
  { page, top, width, height }: { readonly page: number; readonly top: number; readonly width: number; readonly height: number },
): Promise<Picture> {
  try {
    return await pixelsOf((await open(from, MAX_PIXELS, page)).extract({ left: 0, top, width, height }).toColourspace('srgb'))
  } catch (cause) {
    throw undecoded('the picture is damaged or too large', cause)
  }
}

/** Why a picture is not decoded: what we said ourselves as it is, else a CodecError. */
const undecoded = (what: string, cause: unknown): Error =>
  cause instanceof CodecError || cause instanceof TiastreamError ? cause : new CodecError(`${what}${reason(cause)}`, { cause })

/**
 * What the system says of the file, or sharp by itself. Not what sharp hands on from libvips, which keeps the words of all threads in one place: beside
 * another picture that is damaged they may be of that one, or none, and the same run would have other rows.
 */
function reason(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  // To whoever reads it a file and a buffer are the same.
  const own = code === undefined ? /^Input (?:file|buffer|image) ([^:\n]+)/.exec(message)?.[1] : message
  if (own === undefined) return ''
  return code === undefined ? ` (it ${own})` : ` (${own})`
}
