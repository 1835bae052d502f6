/** From the bytes of a TIFF tile to RGB rows: the compression, then the colours. One decoder for each page. */

import { reversedBits } from '../../codecs/bit-order.js'
import { greyToRgb, interleave, rgbaToOpaque, rgbaToRgb, undoDifferences, ycbcrToRgb } from '../../codecs/colour.js'
import type { DecodeJpeg } from '../../codecs/jpeg-exact.js'
import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { ended, type JpegColours, jpegColours, jpegPrefix, marked } from '../../codecs/jpeg-join.js'
import { readJpeg2000Marks } from '../../codecs/jpeg2000-marks.js'
import { loadJpeg, loadJpeg2000, loadUnpack } from '../../codecs/load.js'
import { decodePicture } from '../../codecs/sharp.js'
import { CodecError, checkBounds, type Picture, type Shrink, shrunk, type Unpack } from '../../codecs/types.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { Tile } from '../store.js'
import { compressionOf, hasUnnamed, isOfVips, isReversed, isRgb, isYcc, type Page, usesPredictor } from './page.js'
import { tags } from './tags.js'

type Memory = (bytes: number) => Uint8Array
/** `rows`: how many of the tile's rows lie inside the page; of one that is decoded smaller, of those it has then. */
export type DecodeTile = (
  parts: readonly Uint8Array[],
  columns: number,
  rows: number,
  memory: Memory,
  shrink?: Shrink,
) => Tile | Promise<Tile>

/** What a decoder gives, and whether it still is YCbCr where the data itself says so. */
type Decoded = Picture & { readonly ycc?: boolean }

/** How the samples of a page become colours, where a tile does not say it itself. */
interface Colours {
  readonly ycc: boolean
  readonly inverted: boolean
  readonly premultiplied: boolean
  readonly alpha: Alpha
}

/** A slide is laid on white, as viewers show it; of a plain picture the stored colours are taken, as of a PNG. */
export type Alpha = 'on white' | 'dropped'

export async function tileDecoder(page: Page, speed: DecodeSpeed, alpha: Alpha = 'on white'): Promise<DecodeTile> {
  const decode = await decoderOf(page, speed, alpha)
  return isReversed(page) ? (parts, ...how) => decode(parts.map(reversedBits), ...how) : decode
}

async function decoderOf(page: Page, speed: DecodeSpeed, alpha: Alpha): Promise<DecodeTile> {
  const compression = compressionOf(page)!
  if (compression === 'jpeg') return jpegDecoder(page, await loadJpeg(speed), alpha)
  if (compression === 'webp') return webpDecoder(page, alpha)
  if (compression !== 'jpeg2000') return bytesDecoder(page, await loadUnpack(compression), alpha)
  const decode = await loadJpeg2000()
  // Of Aperio's own YCbCr OpenSlide does not ask that.
  const mayBeRgb = page.photometric === 6 && !page.aperio
  const ofVips = isOfVips(page)
  return tilesOf(page, alpha, (bytes) => {
    const picture = decode(bytes, boundsOf(page))
    checkChannels(page, picture.channels)
    if (picture.channels === 4 && page.samples !== 4) throw new CodecError(`the data has 4 components, its page ${page.samples}`)
    // A codestream that transforms its components says that they are RGB: what a decoder gives is converted already.
    if (isRgb(page)) return { ...picture, ycc: false }
    return (mayBeRgb || ofVips) && readJpeg2000Marks(bytes).transformed ? { ...picture, ycc: ofVips } : picture
  })
}

/** Whether the tiles of a page can be decoded smaller than they are. Planes of colours are put together whole. */
export const canShrink = (page: Page): boolean => compressionOf(page) === 'jpeg' && !(page.planar && page.samples > 1)

/** A colour plane that holds a picture of its own is none. */
function checkChannels({ planar, samples }: Page, channels: number): void {
  if (planar && samples > 1 && channels !== 1) throw new CodecError(`the data of a colour plane has ${channels} components, not 1`)
}

const boundsOf = ({ tile }: Page) => ({ maxWidth: tile.width, maxHeight: tile.height })

function coloursOf(page: Page, alpha: Alpha): Colours {
  const [premultiplied, passedOver] = [page.directory.number(tags.ExtraSamples) === 1, hasUnnamed(page)]
  return { ycc: isYcc(page), inverted: page.photometric === 0, premultiplied, alpha: passedOver ? 'dropped' : alpha }
}

function jpegDecoder(page: Page, decode: DecodeJpeg, alpha: Alpha): DecodeTile {
  const tables = page.directory.bytes(tags.JPEGTables)
  const prefixes: Record<JpegColours, Uint8Array> = {
    rgb: jpegPrefix(tables, 'rgb'),
    ycbcr: jpegPrefix(tables, 'ycbcr'),
    'as-marked': jpegPrefix(tables, 'as-marked'),
  }
  const tag = page.photometric === 2 ? 'rgb' : 'ycbcr'
  const picture = (bytes: Uint8Array, memory?: Memory, shrink: Shrink = 1): Decoded => {
    const header = readJpegHeader(bytes)
    const { width, height, components } = header
    checkBounds('JPEG header', width, height, boundsOf(page))
    if (components !== 3 && components !== 1) throw new CodecError(`the JPEG data has ${components} components, not 3`)
    const colours: JpegColours = components === 1 ? 'as-marked' : jpegColours(header, tag)
    // What is to be made of one component is not what the decoder makes of it.
    const room = components === 1 ? undefined : memory
    const decoded = decode(prefixes[colours], ended(marked(bytes, header, colours), header), 2, room, shrink)
    if (decoded.width !== shrunk(width, shrink) || decoded.height !== shrunk(height, shrink)) {
      throw new CodecError(`the JPEG data decodes to ${decoded.width} x ${decoded.height}, its header says ${width} x ${height}`)
    }
    checkChannels(page, components)
    // The decoder has made RGB of three components; one may be part of another picture.
    return components === 1 ? oneChannel(decoded) : { ...decoded, ycc: false }
  }
  return tilesOf(page, alpha, picture)
}

function webpDecoder(page: Page, alpha: Alpha): DecodeTile {
  const { tile } = page
  return async (parts, columns, rows, memory) => {
    const picture = await decodePicture(parts[0]!, 'keep', tile.width * tile.height)
    if (picture.channels === 4 && page.samples !== 4) throw new CodecError(`the WebP data has alpha, and its page ${page.samples} samples`)
    checkBounds('WebP header', picture.width, picture.height, boundsOf(page))
    return toTile(picture, columns, rows, memory, coloursOf(page, alpha))
  }
}

/** Uncompressed, LZW, deflate, PackBits, zstd: plain samples once unpacked. */
function bytesDecoder(page: Page, unpack: Unpack, alpha: Alpha): DecodeTile {
  const { tile, samples } = page
  const channels = page.planar ? 1 : samples
  const stride = tile.width * channels
  const size = stride * tile.height
  const differences = usesPredictor(page) && page.directory.number(tags.Predictor) === 2
  const finish = (data: Uint8Array): Picture => {
    const height = Math.floor(data.length / stride)
    if (differences) undoDifferences(data, tile.width, height, channels)
    return { width: tile.width, height, channels, data }
  }
  return tilesOf(page, alpha, (bytes) => {
    const unpacked = unpack(bytes, size)
    return unpacked instanceof Promise ? unpacked.then(finish) : finish(unpacked)
  })
}

/** A tile is one picture, or (planar configuration 2) one for each colour. */
function tilesOf(
  page: Page,
  alpha: Alpha,
  picture: (bytes: Uint8Array, memory?: Memory, shrink?: Shrink) => Decoded | Promise<Decoded>,
): DecodeTile {
  const colours = coloursOf(page, alpha)
  if (page.planar && page.samples > 1) return planar(picture, colours)
  return (parts, columns, rows, memory, shrink) => {
    const decoded = picture(parts[0]!, memory, shrink)
    const finish = (d: Decoded) => toTile(d, columns, rows, memory, d.ycc === undefined ? colours : { ...colours, ycc: d.ycc })
    return decoded instanceof Promise ? decoded.then(finish) : finish(decoded)
  }
}

/** Three planes, or four with alpha, each a picture of one channel. */
function planar(picture: (bytes: Uint8Array) => Picture | Promise<Picture>, colours: Colours): DecodeTile {
  return async (parts, columns, rows, memory) => {
    const planes: Picture[] = []
    for (const part of parts) {
      const plane = await picture(part)
      checkCovers(plane, columns, rows)
      // A decoder's data is valid until its next decode.
      planes.push({ ...plane, data: plane.data.slice() })
    }
    const { width } = planes[0]!
    if (planes.some((p) => p.width !== width)) throw new CodecError('the colour planes of the tile differ in width')
    const channels = planes.length
    const interleaved = new Uint8Array(width * rows * channels)
    interleave(
      planes.map((p) => p.data),
      interleaved,
      width * rows,
    )
    return toTile({ width, height: rows, channels, data: interleaved }, columns, rows, memory, colours)
  }
}

/** The fast decoder gives RGB for grey, too. */
function oneChannel(picture: Picture): Picture {
  if (picture.channels === 1) return picture
  const data = new Uint8Array(picture.width * picture.height)
  for (let i = 0; i < data.length; i++) data[i] = picture.data[i * picture.channels]!
  return { ...picture, channels: 1, data }
}

function checkCovers({ width, height }: Picture, columns: number, rows: number): void {
  if (width < columns || height < rows) throw new CodecError(`the data gives ${width} x ${height} pixels, ${columns} x ${rows} are needed`)
}

function toTile(picture: Picture, columns: number, rows: number, memory: Memory, { ycc, inverted, premultiplied, alpha }: Colours): Tile {
  checkCovers(picture, columns, rows)
  const { width, height, channels, data, stays } = picture
  if (stays) return { width, height, data }
  const count = width * height
  const out = memory(count * 3)
  if (channels === 1) greyToRgb(data, out, count, inverted)
  else if (channels === 4) (alpha === 'dropped' ? rgbaToOpaque : rgbaToRgb)(data, out, count, premultiplied)
  else if (channels !== 3) throw new CodecError(`the data has ${channels} channels`)
  else if (ycc) ycbcrToRgb(data, out, count)
  else out.set(data.length === out.length ? data : data.subarray(0, out.length))
  return { width, height, data: out }
}
