/** JPEG by libjpeg-turbo in WebAssembly: the same bytes as libjpeg's exact integer transform, with no native code. */

import load from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs'
import { CodecError, type Picture, type Shrink } from './types.js'

/**
 * Decodes `prefix` followed by `bytes` from `skip` on. A decoder that can puts RGB straight into what `memory` gives, and says so (`kept`).
 * `shrink`: of `fast` alone, once `mustShrinkJpeg` has found what does it.
 */
export type DecodeJpeg = (
  prefix: Uint8Array,
  bytes: Uint8Array,
  skip: number,
  memory?: (bytes: number) => Uint8Array,
  shrink?: Shrink,
) => Picture

/**
 * After so many failures the decoder is replaced: each leaves some 10 KB of its memory taken, which is 50 MB and does not grow, so that it
 * would decode nothing any more after about 4,700.
 */
const mostFailures = 500

export async function loadExactJpeg(): Promise<DecodeJpeg> {
  let decoder = await newDecoder()
  let failures = 0
  const failed = () => {
    failures++
    if (failures % mostFailures !== 0) return
    newDecoder().then(
      (fresh) => {
        decoder = fresh
        failures = 0
      },
      // The old one goes on; the next five hundred failures try again.
      () => undefined,
    )
  }
  return (prefix, bytes, skip) => {
    try {
      const encoded = decoder.getEncodedBuffer(prefix.length + bytes.length - skip)
      encoded.set(prefix)
      encoded.set(skip === 0 ? bytes : bytes.subarray(skip), prefix.length)
      decoder.decode()
    } catch (error) {
      failed()
      // It throws the bare address of a C++ exception, and does so for warnings (a missing end, stray bytes) too.
      throw new CodecError('the JPEG data is damaged or ends early', { cause: error })
    }
    const { width, height, componentCount } = decoder.getFrameInfo()
    const { buffer, byteOffset, length } = decoder.getDecodedBuffer()
    // It is a clamped array, which copies slowly into a plain one.
    return { width, height, channels: componentCount, data: new Uint8Array(buffer, byteOffset, length) }
  }
}

async function newDecoder() {
  const { JPEGDecoder } = await load({})
  return new JPEGDecoder()
}
