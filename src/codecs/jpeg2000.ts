/** JPEG 2000 by OpenJPEG in WebAssembly: a codestream, or one in a JP2 box. */

import load from '@cornerstonejs/codec-openjpeg/decodewasmjs'
import { checkJpeg2000 } from './jpeg2000-header.js'
import { CodecError, checkBounds, type Picture, type PictureBounds } from './types.js'

export type DecodeJpeg2000 = (bytes: Uint8Array, bounds: PictureBounds) => Picture

export async function loadJpeg2000(): Promise<DecodeJpeg2000> {
  // It reports progress on stdout, which belongs to the user.
  const { J2KDecoder } = await load({ print: () => {}, printErr: () => {} })
  const decoder = new J2KDecoder()
  return (bytes, bounds) => {
    checkJpeg2000(bytes, bounds)
    try {
      decoder.getEncodedBuffer(bytes.length).set(bytes)
      decoder.decode()
    } catch (error) {
      throw new CodecError('the JPEG 2000 data is damaged or ends early', { cause: error })
    }
    const { width, height, componentCount, bitsPerSample } = decoder.getFrameInfo()
    if (bitsPerSample !== 8) throw new CodecError(`the JPEG 2000 data has ${bitsPerSample} bits a sample, not 8`)
    checkBounds('JPEG 2000 header', width, height, bounds)
    return { width, height, channels: componentCount, data: plain(decoder.getDecodedBuffer()) }
  }
}

const plain = ({ buffer, byteOffset, length }: Uint8Array) => new Uint8Array(buffer, byteOffset, length)
