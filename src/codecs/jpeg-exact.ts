/** JPEG by libjpeg-turbo in WebAssembly: the same bytes as libjpeg's exact integer transform, with no native code. */

import load from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs'
import { CodecError, type Picture } from './types.js'

/** Decodes `prefix` followed by `bytes` from `skip` on. */
export type DecodeJpeg = (prefix: Uint8Array, bytes: Uint8Array, skip: number) => Picture

export async function loadExactJpeg(): Promise<DecodeJpeg> {
  const { JPEGDecoder } = await load({})
  const decoder = new JPEGDecoder()
  return (prefix, bytes, skip) => {
    const encoded = decoder.getEncodedBuffer(prefix.length + bytes.length - skip)
    encoded.set(prefix)
    encoded.set(skip === 0 ? bytes : bytes.subarray(skip), prefix.length)
    try {
      decoder.decode()
    } catch (error) {
      // It throws the bare address of a C++ exception, and does so for warnings (a missing end, stray bytes) too.
      throw new CodecError('the JPEG data is damaged or ends early', { cause: error })
    }
    const { width, height, componentCount } = decoder.getFrameInfo()
    const { buffer, byteOffset, length } = decoder.getDecodedBuffer()
    // It is a clamped array, which copies slowly into a plain one.
    return { width, height, channels: componentCount, data: new Uint8Array(buffer, byteOffset, length) }
  }
}
