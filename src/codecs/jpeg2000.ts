/** JPEG 2000 by OpenJPEG in WebAssembly: a codestream, or one in a JP2 box. */

import load from '@cornerstonejs/codec-openjpeg/decodewasmjs'
import { viewOf } from '../core/bytes-of.js'
import { choosing } from './jpeg2000-choice.js'
import { isSubsampled, type Jpeg2000Header, MOST_TILES, readJpeg2000Header, siz } from './jpeg2000-header.js'
import { wholeCodestream } from './jpeg2000-whole.js'
import { CodecError, type Picture, type PictureBounds } from './types.js'

/** Components as they are stored; `ycc` where the data itself says that they are YCbCr (or not). */
export type DecodeJpeg2000 = (bytes: Uint8Array, bounds: PictureBounds) => Picture & { readonly ycc?: boolean }

export async function loadJpeg2000(): Promise<DecodeJpeg2000> {
  // It reports progress on stdout, which belongs to the user, and there, too, warns of damage, of which it makes a picture.
  let damage = false
  const heard = (line: string) => {
    damage ||= ofDamage.test(line)
  }
  const { J2KDecoder } = await load({ print: heard, printErr: heard })
  let decoder = new J2KDecoder()
  /** Decodes what `encode` puts into a buffer of the decoder's memory; the pixels stay there until the next decode. */
  const run = (length: number, encode: (memory: Uint8Array) => void, { width, height, channels }: Shape): Uint8Array => {
    // A new one each time: of data that it cannot decode it says nothing, and still has the picture before.
    decoder.delete()
    decoder = new J2KDecoder()
    damage = false
    try {
      encode(decoder.getEncodedBuffer(length))
      decoder.decode()
    } catch (error) {
      throw new CodecError('the JPEG 2000 data is damaged or ends early', { cause: error })
    }
    const frame = decoder.getFrameInfo()
    // It says nothing of data that it cannot decode.
    if (frame.bitsPerSample === 0 || damage) throw new CodecError('the JPEG 2000 data is damaged or ends early')
    if (frame.bitsPerSample !== 8) throw new CodecError(`the JPEG 2000 data has ${frame.bitsPerSample} bits a sample, not 8`)
    const data = plain(decoder.getDecodedBuffer())
    const same = frame.width === width && frame.height === height && frame.componentCount === channels
    if (!same || data.length !== width * height * channels) {
      throw new CodecError(`the JPEG 2000 data decodes to ${frame.width} x ${frame.height}, its header says ${width} x ${height}`)
    }
    return data
  }
  const withAlpha = (codestream: Uint8Array, { width, height }: Jpeg2000Header): Uint8Array => {
    const some = (chosen: readonly number[]) => {
      const file = choosing(codestream, width, height, 4, chosen)
      return run(file.length, (memory) => memory.set(file), { width, height, channels: chosen.length })
    }
    const out = new Uint8Array(width * height * 4)
    const colours = some([0, 1, 2])
    for (let i = 0, s = 0; s < colours.length; i += 4, s += 3) out.set(colours.subarray(s, s + 3), i)
    some([3]).forEach((alpha, i) => {
      out[4 * i + 3] = alpha
    })
    return out
  }
  return (bytes, bounds) => {
    const header = readJpeg2000Header(bytes, bounds)
    const { width, height, tiles } = header
    if (!(tiles <= MOST_TILES)) throw new CodecError(`the JPEG 2000 data is cut into ${tiles} pieces, more than ${MOST_TILES}`)
    const channels = header.steps.length
    const ycc = header.ycc === undefined ? {} : { ycc: header.ycc }
    // Without the boxes of a JP2 file: by what they say of colours, the decoder would convert some and not others.
    const codestream = wholeCodestream(bytes, header)
    if (channels === 4) return { width, height, channels, data: withAlpha(codestream, header), ...ycc }
    if (!isSubsampled(header)) {
      return {
        width,
        height,
        channels,
        data: run(codestream.length, (memory) => memory.set(codestream), { width, height, channels }),
        ...ycc,
      }
    }
    const doubled = (memory: Uint8Array) => {
      memory.set(codestream)
      doubleRows(memory, header)
    }
    const data = run(codestream.length, doubled, { width, height: 2 * height, channels })
    return { width, height, channels, data: enlarged(data, header), ycc: true }
  }
}

/**
 * Warnings of OpenJPEG after which pixels are in doubt: a packet is not where it should be, a block does not end where it should. (Others are of
 * headers, or of an end that is not marked. That no packet follows is none: layers or resolutions were left out on purpose. Nor are bytes that a block
 * did not need: Grok writes some.)
 */
const ofDamage = /\[WARNING\] .*(?:Expected (?:SOP|EPH) marker|PTERM check failure: \d+ synthesized|segment too long|truncated)/

interface Shape {
  readonly width: number
  readonly height: number
  readonly channels: number
}

/**
 * Makes the decoder leave subsampled colours alone. It would take them for YCbCr where the pixels of the first component are square, and
 * convert them by a rule that is up to a grey level off libjpeg's. Twice as many rows of half the height are the same samples.
 */
function doubleRows(codestream: Uint8Array, { steps }: Jpeg2000Header): void {
  const view = viewOf(codestream)
  for (const at of [siz.height, siz.tileHeight, siz.tileTop]) {
    const doubled = view.getUint32(at) * 2
    // A tile may be said to be larger than any picture.
    view.setUint32(at, Math.min(doubled, 2 ** 32 - 1))
  }
  steps.forEach(({ y }, c) => {
    view.setUint8(siz.steps + 2 + 3 * c, 2 * y)
  })
}

/** Every sample of a subsampled component for all of its pixels, as OpenSlide does. The decoder gives such a component at its channel's front. */
function enlarged(data: Uint8Array, { width, height, steps }: Jpeg2000Header): Uint8Array {
  const channels = steps.length
  const out = new Uint8Array(width * height * channels)
  for (const [c, { x: stepX, y: stepY }] of steps.entries()) {
    const columns = Math.ceil(width / stepX)
    for (let y = 0, o = c; y < height; y++) {
      const row = Math.floor(y / stepY) * columns
      for (let x = 0; x < width; x++, o += channels) out[o] = data[(row + Math.floor(x / stepX)) * channels + c]!
    }
  }
  return out
}

const plain = ({ buffer, byteOffset, length }: Uint8Array) => new Uint8Array(buffer, byteOffset, length)
