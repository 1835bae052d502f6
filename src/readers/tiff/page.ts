/** One page of a TIFF as a picture in tiles: its layout, checked; and why it cannot be read, if it cannot. */

import { SlideError } from '../../core/errors.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import type { Directory } from './directory.js'
import { type Compression, compressions, photometrics, refusedCompressions, tags } from './tags.js'
import { decoded } from './xml.js'

export interface Page {
  readonly directory: Directory
  readonly width: number
  readonly height: number
  readonly tiled: boolean
  /** A strip is a tile as wide as the page. */
  readonly tile: { readonly width: number; readonly height: number }
  readonly samples: number
  readonly photometric: number
  readonly planar: boolean
  readonly description: string
  /** Of a file of Aperio's: its numbers of JPEG 2000 say what the colours are. */
  readonly aperio: boolean
  /** NewSubfileType: 1 reduced resolution, 2 page of many, 4 mask, 8 (Aperio) macro. */
  readonly subfile: number
  /** How many times level 0 is larger, where the file says so; else it follows from the sizes. */
  readonly factor?: number
}

export function pageOf(directory: Directory, uri: string, limits: Limits): Page {
  const width = directory.number(tags.ImageWidth) ?? 0
  const height = directory.number(tags.ImageLength) ?? 0
  if (width < 1 || height < 1) throw malformed(uri, `has a page of ${width} x ${height} pixels`)
  if (width * height > limits.imagePixels) {
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it has ${width} x ${height} pixels, more than ${limits.imagePixels}`)
  }
  const tileWidth = directory.number(tags.TileWidth)
  const tiled = tileWidth !== undefined
  const rows = directory.number(tags.RowsPerStrip) ?? height
  const tile = tiled
    ? { width: tileWidth, height: directory.number(tags.TileLength) ?? 0 }
    : { width, height: Math.min(rows === 0 ? height : rows, height) }
  if (tile.width < 1 || tile.height < 1) throw malformed(uri, `has tiles of ${tile.width} x ${tile.height} pixels`)
  if (tile.width * tile.height > limits.tilePixels) {
    const what = tiled ? 'tiles' : 'strips'
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} has ${what} of ${tile.width} x ${tile.height} pixels, more than ${limits.tilePixels}`, {
      hint: 'convert it to a tiled pyramid, for example with: vips tiffsave in.tif out.tif --tile --pyramid --compression jpeg',
    })
  }
  const description = decoded(directory.bytes(tags.ImageDescription) ?? new Uint8Array()).replace(/\0.*$/s, '')
  const photometric = directory.number(tags.Photometric) ?? 1
  const planar = directory.number(tags.PlanarConfiguration) === 2
  return {
    directory,
    width,
    height,
    tiled,
    tile,
    samples: directory.number(tags.SamplesPerPixel) ?? 1,
    photometric: planar && photometric === 6 && isRgbOfBioFormats(directory) ? 2 : photometric,
    planar,
    description,
    aperio: description.startsWith('Aperio'),
    subfile: directory.number(tags.NewSubfileType) ?? (directory.number(tags.SubfileType) === 2 ? 1 : 0),
  }
}

/** Bio-Formats calls all that it writes in JPEG YCbCr, also red, green and blue in planes of their own, each a grey JPEG as large as the tile. */
const isRgbOfBioFormats = (directory: Directory): boolean =>
  directory.number(tags.Compression) === 7 &&
  !directory.has(tags.YCbCrSubsampling) &&
  /Bio-Formats/.test(directory.text(tags.Software) ?? '')

export function compressionOf({ directory }: Page): Compression | undefined {
  return compressions[directory.number(tags.Compression) ?? 1]
}

/**
 * The samples are YCbCr (where no tile says otherwise). Compression 33003 is Aperio's name for JPEG 2000 in YCbCr, whatever the
 * photometric tag says; others write RGB under that number.
 */
export const isYcc = ({ directory, photometric, aperio }: Page): boolean =>
  photometric === 6 || (directory.number(tags.Compression) === 33003 && aperio)

/** Aperio's JPEG 2000 in RGB is that even where its colours are subsampled, which anywhere else means YCbCr. OpenSlide has it so, too. */
export const isRgb = ({ directory, aperio }: Page): boolean => directory.number(tags.Compression) === 33005 && aperio

/**
 * libvips makes YCbCr of its colours before it writes them as JPEG 2000, and says RGB of them: in the tag, and by transforming them once more. Its mark
 * is this number with an Orientation and without a Software: Bio-Formats and tifffile, which write RGB under it, name themselves, and tifffile, where it
 * is told not to, says nothing of the orientation either.
 */
export const isOfVips = ({ directory, photometric, samples, planar }: Page): boolean =>
  directory.number(tags.Compression) === 33004 &&
  directory.has(tags.Orientation) &&
  !directory.has(tags.Software) &&
  photometric === 2 &&
  samples === 3 &&
  !planar

/** Why the pixels of a page cannot be read as RGB, in words that finish "it has …"; null when they can. */
export function obstacle(page: Page, greyIsFine: boolean): string | null {
  const { directory, samples, photometric } = page
  const code = directory.number(tags.Compression) ?? 1
  if (compressions[code] === undefined) return `compression ${code} (${refusedCompressions[code] ?? 'unknown'})`
  const bits = directory.numbers(tags.BitsPerSample)
  const odd = bits.length === 0 ? 1 : bits.find((b) => b !== 8)
  if (odd !== undefined) return `${odd} bits a sample (8 are read)`
  const format = directory.numbers(tags.SampleFormat).find((f) => f !== 1 && f !== 4)
  if (format !== undefined) return `${format === 2 ? 'signed' : format === 3 ? 'floating-point' : 'complex'} samples`
  const orientation = orientationOf(page)
  // Turning it would move every coordinate away from what other programs say of the same file.
  if (orientation !== 1) return `orientation ${orientation} (only upright pictures are read)`
  const predictor = directory.number(tags.Predictor) ?? 1
  if (predictor > 2 && usesPredictor(page)) return `predictor ${predictor}`
  if (isDoubtful(page)) return doubtful
  return colourObstacle(page, samples, photometric, greyIsFine)
}

function colourObstacle(page: Page, samples: number, photometric: number, greyIsFine: boolean): string | null {
  const name = photometrics[photometric] ?? `photometric ${photometric}`
  const isGrey = photometric === 0 || photometric === 1
  if (isGrey && samples === 1) return greyIsFine ? null : 'one grey channel, where a slide in colour (8-bit RGB) is needed'
  if (isGrey) return `${samples} channels without colours`
  const compression = compressionOf(page)
  const readable = photometric === 6 && (compression === 'jpeg' || compression === 'jpeg2000')
  if (photometric !== 2 && !readable) return `${name} colours${photometric === 6 ? ` with ${compression} compression` : ''}`
  if (photometric === 6 && page.planar && page.directory.numbers(tags.YCbCrSubsampling).join() !== '1,1') {
    return 'separate colour planes of different sizes (subsampled YCbCr)'
  }
  // libwebp knows pictures in colour alone: what a plane holds is such a picture of its own.
  if (page.planar && compression === 'webp') return 'WebP data in separate colour planes'
  if (samples === 3) return null
  if (photometric === 2 && samples === 4 && (compression !== 'jpeg' || page.planar)) return null
  return `${samples} channels${samples === 4 && !hasUnnamed(page) ? ' with alpha in this layout' : ''}, where RGB has 3`
}

/** Beside its colours the page has a fourth channel, and says that it has no meaning (GDAL's bands). Where it says nothing (OpenCV) alpha is meant. */
export const hasUnnamed = ({ samples, directory }: Page): boolean =>
  samples === 4 && ![1, 2].includes(directory.number(tags.ExtraSamples) ?? 2)

/** libtiff knows no predictor of PackBits, and passes the tag over; tifffile writes differences with it. */
export const isDoubtful = (page: Page): boolean => compressionOf(page) === 'packbits' && (page.directory.number(tags.Predictor) ?? 1) > 1
export const doubtful = 'a predictor with PackBits compression, which readers understand in two ways'

/** From 1 (upright) to 8. What stands for none of them says nothing. */
export function orientationOf({ directory }: Page): number {
  const said = directory.number(tags.Orientation) ?? 1
  return said >= 1 && said <= 8 ? said : 1
}

/** FillOrder 2. A codestream of a picture is bytes in their own order, whatever is said of bits. */
export function isReversed(page: Page): boolean {
  const compression = compressionOf(page)
  return page.directory.number(tags.FillOrder) === 2 && compression !== 'jpeg' && compression !== 'jpeg2000'
}

/** The predictor tag means something only to these; others carry a meaningless one at times. */
export function usesPredictor(page: Page): boolean {
  const compression = compressionOf(page)
  return compression === 'lzw' || compression === 'deflate' || compression === 'zstd'
}
