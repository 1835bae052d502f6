/** From the bytes of a frame to RGB rows. What the bytes say of themselves comes before what the header says of them. */

import { shrunkByArea } from '../../codecs/by-area.js'
import { interleave, ycbcrToRgb } from '../../codecs/colour.js'
import { unpackBareDeflate } from '../../codecs/deflate.js'
import type { DecodeJpeg } from '../../codecs/jpeg-exact.js'
import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { ended, jpegColours, jpegPrefix, marked } from '../../codecs/jpeg-join.js'
import { readJpeg2000Marks } from '../../codecs/jpeg2000-marks.js'
import { loadHtj2k, loadJpeg, loadJpeg2000, loadJpegLs, loadLosslessJpeg } from '../../codecs/load.js'
import { unpackRle } from '../../codecs/rle.js'
import { CodecError, checkBounds, type Picture, type Shrink, shrunk } from '../../codecs/types.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { Tile } from '../store.js'
import { unpacked } from './frames.js'
import type { FrameFormat } from './instance.js'

type Memory = (bytes: number) => Uint8Array
/** `columns`, `rows`: how many of the frame's lie inside the picture; of one that is decoded smaller, of those it has then. */
export type DecodeFrame = (bytes: Uint8Array, columns: number, rows: number, memory: Memory, shrink?: Shrink) => Tile | Promise<Tile>

/** What a decoder gives, and whether it still is YCbCr. */
type Decoded = Picture & { readonly ycc: boolean }

/** Decoded ÷ compressed size above which a frame of some size is a trap. */
const SMALL_FRAME = 16 * 2 ** 20

export async function frameDecoder(instance: FrameFormat, speed: DecodeSpeed, expansion: number): Promise<DecodeFrame> {
  const { frame, syntax } = instance
  const decode = await pictureDecoder(instance, speed)
  const whole = frame.width * frame.height * 3
  return (bytes, columns, rows, memory, shrink) => {
    const stream = syntax.encapsulated ? unpacked(bytes, 'all') : bytes
    if (whole > SMALL_FRAME && whole > stream.length * expansion)
      throw new CodecError(`${stream.length} bytes are to become ${whole}: more than ${expansion} times as many`)
    const decoded = decode(stream, memory, shrink)
    return decoded instanceof Promise ? decoded.then((one) => toTile(one, columns, rows, memory)) : toTile(decoded, columns, rows, memory)
  }
}

type DecodePicture = (bytes: Uint8Array, memory: Memory, shrink?: Shrink) => Decoded | Promise<Decoded>

async function pictureDecoder(instance: FrameFormat, speed: DecodeSpeed): Promise<DecodePicture> {
  const { syntax, photometric, frame } = instance
  const ycc = photometric !== 'RGB'
  if (syntax.codec === 'jpeg' || syntax.codec === 'jpeg-lossless') return jpegDecoder(instance, await loadJpeg(speed))
  if (syntax.codec === 'jpeg-ls') {
    const decode = await loadJpegLs()
    return (bytes) => ({ ...decode(bytes, boundsOf(instance)), ycc })
  }
  if (syntax.codec === 'jpeg2000') return jpeg2000Decoder(instance)
  if (syntax.codec === 'rle')
    return (bytes) => ({ ...frame, channels: 3, data: interleaved(unpackRle(bytes, frame.width * frame.height, 3)), ycc })
  const plain = plainBytes(instance)
  if (syntax.halved) return (bytes) => ({ ...frame, channels: 3, data: ofPairs(plain(bytes)), ycc })
  return (bytes) => ({ ...frame, channels: 3, data: instance.planar ? interleaved(planesOf(plain(bytes))) : plain(bytes), ycc })
}

/** The samples of a frame that is not compressed, or deflated as it is. One in an item of its own may lack some. */
function plainBytes({ syntax, frame }: FrameFormat): (bytes: Uint8Array) => Uint8Array {
  const size = frame.width * frame.height * (syntax.halved ? 2 : 3)
  return (bytes) => {
    const all = syntax.codec === 'deflate' ? unpackBareDeflate(bytes, size) : bytes
    if (all.length < size) throw new CodecError(`the frame has ${all.length} bytes, where ${size} are needed`)
    const own = all.subarray(0, size)
    return syntax.swapped ? Buffer.from(own).swap16() : own
  }
}

const boundsOf = ({ frame }: FrameFormat) => ({ maxWidth: frame.width, maxHeight: frame.height })

/** A marker in the stream wins over the header, which says RGB of YCbCr at times. */
async function jpegDecoder(instance: FrameFormat, decode: DecodeJpeg): Promise<DecodePicture> {
  const lossless = await loadLosslessJpeg()
  const tag = instance.photometric === 'RGB' ? 'rgb' : 'ycbcr'
  const prefixes = { rgb: jpegPrefix(undefined, 'rgb'), ycbcr: jpegPrefix(undefined, 'ycbcr') }
  return (bytes, memory, shrink = 1) => {
    const header = readJpegHeader(bytes, 'or lossless')
    const { width, height, components } = header
    checkBounds('JPEG header', width, height, boundsOf(instance))
    if (components !== 3) throw new CodecError(`the JPEG data has ${components} components, not 3`)
    const colours = jpegColours(header, tag)
    if (header.lossless) return { ...shrunkByArea(lossless(bytes, header, boundsOf(instance)), shrink), ycc: colours === 'ycbcr' }
    const decoded = decode(prefixes[colours], ended(marked(bytes, header, colours), header), 2, memory, shrink)
    if (decoded.width !== shrunk(width, shrink) || decoded.height !== shrunk(height, shrink))
      throw new CodecError(`the JPEG data decodes to ${decoded.width} x ${decoded.height}, its header says ${width} x ${height}`)
    return { ...decoded, ycc: false }
  }
}

/**
 * Plain or high throughput, as the codestream says: a file says of one that it is the other. With the transform of its components (MCT) a
 * decoder gives RGB, whatever the header says. Colours that are halved (YBR_FULL_422) are so in the codestream, too: of one with all of them the
 * header was left from before (Orthanc's converter), and they are RGB.
 */
function jpeg2000Decoder(instance: FrameFormat): DecodePicture {
  const ycc = instance.photometric !== 'RGB' && instance.photometric !== 'YBR_FULL_422'
  return async (bytes) => {
    const marks = readJpeg2000Marks(bytes)
    const decode = await (marks.highThroughput ? loadHtj2k() : loadJpeg2000())
    const picture = decode(bytes, boundsOf(instance))
    return { ...picture, ycc: !marks.transformed && (picture.ycc ?? ycc) }
  }
}

/** Of Y, Y, Cb, Cr two pixels. */
function ofPairs(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array((bytes.length / 2) * 3)
  for (let at = 0, to = 0; at < bytes.length; at += 4, to += 6) {
    out[to] = bytes[at]!
    out[to + 3] = bytes[at + 1]!
    out[to + 1] = out[to + 4] = bytes[at + 2]!
    out[to + 2] = out[to + 5] = bytes[at + 3]!
  }
  return out
}

function planesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const plane = bytes.length / 3
  return [0, 1, 2].map((i) => bytes.subarray(i * plane, (i + 1) * plane))
}

function interleaved(planes: readonly Uint8Array[]): Uint8Array {
  const count = planes[0]!.length
  const out = new Uint8Array(count * 3)
  interleave(planes, out, count)
  return out
}

function toTile({ width, height, channels, data, stays, ycc }: Decoded, columns: number, rows: number, memory: Memory): Tile {
  if (width < columns || height < rows) throw new CodecError(`the data gives ${width} x ${height} pixels, ${columns} x ${rows} are needed`)
  if (channels !== 3) throw new CodecError(`the data has ${channels} ${channels === 1 ? 'channel' : 'channels'}, not 3`)
  if (stays) return { width, height, data }
  const count = width * height
  const out = memory(count * 3)
  if (ycc) ycbcrToRgb(data, out, count)
  else out.set(data.length === out.length ? data : data.subarray(0, out.length))
  return { width, height, data: out }
}
