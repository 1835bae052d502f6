/** JPEG XR by Microsoft's jxrlib in WebAssembly. Its container is a TIFF of a kind: `II BC`, a directory, of which the tags BC80 and on say size and place. */

import load from 'jpegxr'
import { viewOf } from '../core/bytes-of.js'
import { swapEnds } from './colour.js'
import { CodecError, checkBounds, type Picture, type PictureBounds } from './types.js'

export type DecodeJpegXr = (bytes: Uint8Array, bounds: PictureBounds) => Picture

const tags = { width: 0xbc80, height: 0xbc81, offset: 0xbcc0, length: 0xbcc1 } as const

export async function loadJpegXr(): Promise<DecodeJpegXr> {
  let codec = await load()
  return (bytes, bounds) => {
    const { width, height } = checked(bytes, bounds)
    let image: ReturnType<typeof codec.decode>
    try {
      image = codec.decode(bytes)
    } catch (cause) {
      // What it held of the damaged picture stays taken: the next one is decoded by a new decoder.
      load().then(
        (fresh) => {
          codec = fresh
        },
        () => undefined,
      )
      throw new CodecError('the JPEG XR data is damaged', { cause })
    }
    const { channels, bitDepth, bitsPerPixel, bgr } = image.pixelInfo
    if (channels !== 3 || bitDepth !== '8' || bitsPerPixel !== 24)
      throw new CodecError(`the JPEG XR data has ${channels} channels of ${bitDepth} bits, not 3 of 8`)
    if (image.width !== width || image.height !== height || image.bytes.length !== width * height * 3)
      throw new CodecError(`the JPEG XR data decodes to ${image.width} x ${image.height}, its header says ${width} x ${height}`)
    if (bgr) swapEnds(image.bytes)
    return { width, height, channels: 3, data: image.bytes, stays: true }
  }
}

/** Sound data ends in up to 700 zeros, where noise ends in one block of one colour: its 768 numbers are each as long as those before them. */
const ZEROS = 1024

/** Its size, once all of its data is there: of a part of it the decoder makes a picture, too, without a word. */
function checked(bytes: Uint8Array, bounds: PictureBounds) {
  const view = viewOf(bytes)
  if (bytes.length < 8 || view.getUint16(0, true) !== 0x4949 || bytes[2] !== 0xbc) throw new CodecError('the data is no JPEG XR')
  const at = view.getUint32(4, true)
  const count = at + 2 <= bytes.length ? view.getUint16(at, true) : 0
  if (count === 0 || at + 2 + count * 12 > bytes.length) throw new CodecError('the JPEG XR data ends within its header')
  const said = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const entry = at + 2 + i * 12
    const type = view.getUint16(entry + 2, true)
    said.set(view.getUint16(entry, true), type === 3 ? view.getUint16(entry + 8, true) : view.getUint32(entry + 8, true))
  }
  const [width, height, offset, length] = [tags.width, tags.height, tags.offset, tags.length].map((tag) => said.get(tag) ?? 0) as [
    number,
    number,
    number,
    number,
  ]
  checkBounds('JPEG XR header', width, height, bounds)
  if (length === 0 || offset + length > bytes.length)
    throw new CodecError(`the JPEG XR data ends early: ${offset + length} bytes are needed, ${bytes.length} are there`)
  if (length > ZEROS && bytes.subarray(offset + length - ZEROS, offset + length).every((byte) => byte === 0))
    throw new CodecError('the JPEG XR data ends in zeros: is it a copy that was not finished?')
  return { width, height }
}
