/** JPEG 2000 by OpenJPEG in WebAssembly: a codestream, or one in a JP2 box. */

import load from '@cornerstonejs/codec-openjpeg/decodewasmjs'
import { isSubsampled, type Jpeg2000Header, readJpeg2000Header, siz } from './jpeg2000-header.js'
import { CodecError, type Picture, type PictureBounds } from './types.js'

/** Components as they are stored; `ycc` where the data itself says that they are YCbCr (or not). */
export type DecodeJpeg2000 = (bytes: Uint8Array, bounds: PictureBounds) => Picture & { readonly ycc?: boolean }

export async function loadJpeg2000(): Promise<DecodeJpeg2000> {
  // It reports progress on stdout, which belongs to the user.
  const { J2KDecoder } = await load({ print: () => {}, printErr: () => {} })
  const decoder = new J2KDecoder()
  return (bytes, bounds) => {
    const header = readJpeg2000Header(bytes, bounds)
    const { width, height } = header
    const subsampled = isSubsampled(header)
    const rows = subsampled ? 2 * height : height
    try {
      // Without the boxes of a JP2 file: by what they say of colours, the decoder would convert some and not others.
      const codestream = bytes.subarray(header.start)
      const encoded = decoder.getEncodedBuffer(codestream.length)
      encoded.set(codestream)
      if (subsampled) doubleRows(encoded, header)
      decoder.decode()
    } catch (error) {
      throw new CodecError('the JPEG 2000 data is damaged or ends early', { cause: error })
    }
    const frame = decoder.getFrameInfo()
    if (frame.bitsPerSample !== 8) throw new CodecError(`the JPEG 2000 data has ${frame.bitsPerSample} bits a sample, not 8`)
    const data = plain(decoder.getDecodedBuffer())
    const channels = header.steps.length
    if (frame.width !== width || frame.height !== rows || frame.componentCount !== channels || data.length !== width * rows * channels) {
      throw new CodecError(`the JPEG 2000 data decodes to ${frame.width} x ${frame.height}, its header says ${width} x ${height}`)
    }
    if (subsampled) return { width, height, channels, data: enlarged(data, header), ycc: true }
    return { width, height, channels, data, ...(header.ycc === undefined ? {} : { ycc: header.ycc }) }
  }
}

/**
 * Makes the decoder leave subsampled colours alone. It would take them for YCbCr where the pixels of the first component are square, and
 * convert them by a rule that is up to a grey level off libjpeg's. Twice as many rows of half the height are the same samples.
 */
function doubleRows(codestream: Uint8Array, { steps }: Jpeg2000Header): void {
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.length)
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
