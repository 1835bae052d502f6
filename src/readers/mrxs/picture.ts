/** The images of a slide, and the pictures beside it: JPEG, PNG or BMP. */

import { decodeBmp } from '../../codecs/bmp.js'
import { greyToRgb } from '../../codecs/colour.js'
import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { ended, jpegPrefix } from '../../codecs/jpeg-join.js'
import { loadJpeg } from '../../codecs/load.js'
import { decodePicture, pictureFacts } from '../../codecs/sharp.js'
import { CodecError } from '../../codecs/types.js'
import { viewOf } from '../../core/bytes-of.js'
import { SlideError } from '../../core/errors.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { Size } from '../../geometry/region.js'
import { jpegStore } from '../jpeg-store.js'
import type { Limits } from '../limits.js'
import { levelOf, type Tile, type TileStore } from '../store.js'
import type { ImageFormat } from './slidedat.js'

type Memory = (bytes: number) => Uint8Array
/** To exactly the size that images of the level have. */
export type DecodeImage = (bytes: Uint8Array, memory: Memory) => Tile | Promise<Tile>

/** Decoded ÷ compressed size above which an image of some size is a trap. */
const SMALL_IMAGE = 16 * 2 ** 20

export async function imageDecoder(format: ImageFormat, size: Size, speed: DecodeSpeed, { expansion }: Limits): Promise<DecodeImage> {
  const decode = await formatDecoder(format, size, speed)
  const whole = size.width * size.height * 3
  return (bytes, memory) => {
    if (whole > SMALL_IMAGE && whole > bytes.length * expansion)
      throw new CodecError(`${bytes.length} bytes are to become ${whole}: more than ${expansion} times as many`)
    return decode(bytes, memory)
  }
}

async function formatDecoder(format: ImageFormat, size: Size, speed: DecodeSpeed): Promise<DecodeImage> {
  if (format === 'bmp') {
    return (bytes, memory) => {
      const picture = decodeBmp(bytes, { maxWidth: size.width, maxHeight: size.height }, memory)
      mustFit(picture, size, 'BMP')
      return picture
    }
  }
  if (format === 'png') return (bytes) => decodePng(bytes, size)
  const decode = await loadJpeg(speed)
  const prefix = jpegPrefix(undefined, 'as-marked')
  return (bytes, memory) => {
    const header = readJpegHeader(bytes)
    mustFit(header, size, 'JPEG')
    if (header.components !== 1 && header.components !== 3) throw new CodecError(`the JPEG data has ${header.components} components`)
    const { width, height, channels, data, stays } = decode(prefix, ended(bytes, header), 2, memory)
    mustFit({ width, height }, size, 'JPEG')
    if (stays) return { width, height, data }
    const out = memory(width * height * 3)
    if (channels === 1) greyToRgb(data, out, width * height)
    else out.set(data.subarray(0, out.length))
    return { width, height, data: out }
  }
}

async function decodePng(bytes: Uint8Array, size: Size): Promise<Tile> {
  const facts = await pictureFacts(bytes)
  if (facts.format !== 'png') throw new CodecError(`the data is ${facts.format}, not PNG`)
  mustFit(facts, size, 'PNG')
  const picture = await decodePicture(bytes, 'drop', size.width * size.height)
  mustFit(picture, size, 'PNG')
  if (picture.channels !== 3) throw new CodecError(`the PNG has ${picture.channels} channels`)
  return picture
}

function mustFit({ width, height }: Size, size: Size, what: string): void {
  if (width !== size.width || height !== size.height)
    throw new CodecError(`the ${what} is ${width} x ${height} pixels, images of this level are ${size.width} x ${size.height}`)
}

/** A label, a macro: one level, one tile. `what` says whose picture it is. Throws a SlideError when it cannot be read. */
export async function pictureStore(bytes: Uint8Array, format: ImageFormat, what: string, limits: Limits): Promise<TileStore> {
  if (format === 'jpeg') return jpegStore(bytes, what)
  try {
    const { width, height } = format === 'png' ? await pictureFacts(bytes) : bmpSize(bytes)
    const decode = await imageDecoder(format, { width, height }, 'exact', limits)
    return {
      levels: [levelOf(width, height, { width, height })],
      extents: () => [],
      decode: (_level, _index, _parts, memory) => decode(bytes, memory),
    }
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause
    throw new SlideError('SLIDE_MALFORMED', `${what} cannot be read: ${cause.message}`, { cause })
  }
}

function bmpSize(bytes: Uint8Array): Size {
  const view = viewOf(bytes)
  if (bytes.length < 26) throw new CodecError('the data is no BMP picture')
  return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) }
}
