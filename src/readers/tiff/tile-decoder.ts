/** From the bytes of a TIFF tile to RGB rows: the compression, then the colours. One decoder for each page. */

import { greyToRgb, planesToRgb, rgbaToRgb, undoDifferences, ycbcrToRgb } from '../../codecs/colour.js'
import type { DecodeJpeg } from '../../codecs/jpeg-exact.js'
import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { type JpegColours, jpegPrefix } from '../../codecs/jpeg-join.js'
import { type DecodeSpeed, loadJpeg, loadJpeg2000, loadUnpack } from '../../codecs/load.js'
import { decodePicture } from '../../codecs/sharp.js'
import { CodecError, checkBounds, type Picture, type Unpack } from '../../codecs/types.js'
import type { Tile } from '../store.js'
import { compressionOf, type Page, usesPredictor } from './page.js'
import { tags } from './tags.js'

type Memory = (bytes: number) => Uint8Array
/** `rows`: how many of the tile's rows lie inside the page. */
export type DecodeTile = (parts: readonly Uint8Array[], columns: number, rows: number, memory: Memory) => Tile | Promise<Tile>

export async function tileDecoder(page: Page, speed: DecodeSpeed): Promise<DecodeTile> {
  const compression = compressionOf(page)!
  if (compression === 'jpeg') return jpegDecoder(page, await loadJpeg(speed))
  if (compression === 'jpeg2000') {
    const decode = await loadJpeg2000()
    const isYcc = page.photometric === 6 || page.directory.number(tags.Compression) === 33003
    return single((bytes) => decode(bytes, boundsOf(page)), isYcc)
  }
  if (compression === 'webp') return webpDecoder(page)
  return bytesDecoder(page, await loadUnpack(compression))
}

const boundsOf = ({ tile }: Page) => ({ maxWidth: tile.width, maxHeight: tile.height })

function jpegDecoder(page: Page, decode: DecodeJpeg): DecodeTile {
  const tables = page.directory.bytes(tags.JPEGTables)
  const prefixes: Record<JpegColours, Uint8Array> = {
    rgb: jpegPrefix(tables, 'rgb'),
    ycbcr: jpegPrefix(tables, 'ycbcr'),
    'as-marked': jpegPrefix(tables, 'as-marked'),
  }
  const picture = (bytes: Uint8Array, memory?: Memory): Picture => {
    const { width, height, components, jfif, adobe } = readJpegHeader(bytes)
    checkBounds('JPEG header', width, height, boundsOf(page))
    if (components !== 3 && components !== 1) throw new CodecError(`the JPEG data has ${components} components, not 3`)
    // A marker in the stream knows better than the tag: Bio-Formats writes YCbCr with a JFIF marker under a tag that says RGB.
    const marked = components === 1 || jfif || adobe
    const colours: JpegColours = marked ? 'as-marked' : page.photometric === 2 ? 'rgb' : 'ycbcr'
    const decoded = decode(prefixes[colours], bytes, 2, memory)
    if (decoded.width !== width || decoded.height !== height) {
      throw new CodecError(`the JPEG data decodes to ${decoded.width} x ${decoded.height}, its header says ${width} x ${height}`)
    }
    return decoded
  }
  return page.planar ? planar((bytes) => greyOf(picture(bytes))) : single(picture, false)
}

function webpDecoder({ tile }: Page): DecodeTile {
  return async (parts, columns, rows, memory) => {
    const picture = await decodePicture(parts[0]!, 'keep', tile.width * tile.height)
    checkBounds('WebP header', picture.width, picture.height, { maxWidth: tile.width, maxHeight: tile.height })
    return toTile(picture, columns, rows, memory, false)
  }
}

/** Uncompressed, LZW, deflate, PackBits, zstd: plain samples once unpacked. */
function bytesDecoder(page: Page, unpack: Unpack): DecodeTile {
  const { tile, samples, photometric } = page
  const channels = page.planar ? 1 : samples
  const stride = tile.width * channels
  const size = stride * tile.height
  const differences = usesPredictor(page) && page.directory.number(tags.Predictor) === 2
  const finish = (data: Uint8Array): Picture => {
    const height = Math.floor(data.length / stride)
    if (differences) undoDifferences(data, tile.width, height, channels)
    return { width: tile.width, height, channels, data }
  }
  const picture = (bytes: Uint8Array) => {
    const unpacked = unpack(bytes, size)
    return unpacked instanceof Promise ? unpacked.then(finish) : finish(unpacked)
  }
  if (page.planar && samples === 3) return planar(picture)
  const premultiplied = page.directory.number(tags.ExtraSamples) === 1
  const tileOf = (decoded: Picture, columns: number, rows: number, memory: Memory) =>
    toTile(decoded, columns, rows, memory, false, photometric === 0, premultiplied)
  return (parts, columns, rows, memory) => {
    const decoded = picture(parts[0]!)
    return decoded instanceof Promise ? decoded.then((d) => tileOf(d, columns, rows, memory)) : tileOf(decoded, columns, rows, memory)
  }
}

function single(picture: (bytes: Uint8Array, memory: Memory) => Picture, isYcc: boolean): DecodeTile {
  return (parts, columns, rows, memory) => toTile(picture(parts[0]!, memory), columns, rows, memory, isYcc)
}

/** Three planes, each a picture of one channel. */
function planar(picture: (bytes: Uint8Array) => Picture | Promise<Picture>): DecodeTile {
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
    const out = memory(width * rows * 3)
    planesToRgb(
      planes.map((p) => p.data),
      out,
      width * rows,
    )
    return { width, height: rows, data: out }
  }
}

function greyOf(picture: Picture): Picture {
  if (picture.channels === 1) return picture
  // The native decoder answers RGB for grey, too.
  const data = new Uint8Array(picture.width * picture.height)
  for (let i = 0; i < data.length; i++) data[i] = picture.data[i * picture.channels]!
  return { ...picture, channels: 1, data }
}

function checkCovers({ width, height }: Picture, columns: number, rows: number): void {
  if (width < columns || height < rows) throw new CodecError(`the data gives ${width} x ${height} pixels, ${columns} x ${rows} are needed`)
}

function toTile(
  picture: Picture,
  columns: number,
  rows: number,
  memory: Memory,
  isYcc: boolean,
  inverted = false,
  premultiplied = false,
): Tile {
  checkCovers(picture, columns, rows)
  const { width, height, channels, data, kept } = picture
  if (kept) return { width, height, data }
  const count = width * height
  const out = memory(count * 3)
  if (channels === 1) greyToRgb(data, out, count, inverted)
  else if (channels === 4) rgbaToRgb(data, out, count, premultiplied)
  else if (channels !== 3) throw new CodecError(`the data has ${channels} channels`)
  else if (isYcc) ycbcrToRgb(data, out, count)
  else out.set(data.length === out.length ? data : data.subarray(0, out.length))
  return { width, height, data: out }
}
