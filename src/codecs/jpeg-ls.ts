/** JPEG-LS, lossless or near-lossless, by CharLS in WebAssembly. */

import load from '@cornerstonejs/codec-charls/decodewasmjs'
import { planesToRgb } from './colour.js'
import { readJpegLsHeader } from './jpeg-ls-header.js'
import { CodecError, type Picture, type PictureBounds } from './types.js'

export type DecodeJpegLs = (bytes: Uint8Array, bounds: PictureBounds) => Picture

/** The components lie one after the other, each a scan of its own. */
const APART = 0

export async function loadJpegLs(): Promise<DecodeJpegLs> {
  const { JpegLSDecoder } = await load({ print: () => {}, printErr: () => {} })
  return (bytes, bounds) => {
    const { width, height, components } = readJpegLsHeader(bytes, bounds)
    const count = width * height
    const decoder = new JpegLSDecoder()
    try {
      decoder.getEncodedBuffer(bytes.length).set(bytes)
      decoder.decode()
      const frame = decoder.getFrameInfo()
      const { buffer, byteOffset, length } = decoder.getDecodedBuffer()
      if (frame.width !== width || frame.height !== height || frame.componentCount !== components || length !== count * components)
        throw new CodecError(`the JPEG-LS data decodes to ${frame.width} x ${frame.height}, its header says ${width} x ${height}`)
      const decoded = new Uint8Array(buffer, byteOffset, length)
      const data = new Uint8Array(length)
      if (decoder.getInterleaveMode() === APART)
        planesToRgb(
          [0, 1, 2].map((i) => decoded.subarray(i * count, (i + 1) * count)),
          data,
          count,
        )
      else data.set(decoded)
      return { width, height, channels: components, data }
    } catch (error) {
      if (error instanceof CodecError) throw error
      throw new CodecError('the JPEG-LS data is damaged or ends early', { cause: error })
    } finally {
      decoder.delete()
    }
  }
}
