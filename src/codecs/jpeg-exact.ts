/**
 * JPEG by libjpeg-turbo in WebAssembly: the same bytes as libjpeg's exact integer transform, with no native code. It is compiled by the first
 * picture: where there is a native decoder hardly a slide has one for this, and compiling costs each thread 50 ms and 3 MB.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Decoder, Given } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs'
import { CodecError, type Picture, type Shrink } from './types.js'

/**
 * Decodes `prefix` followed by `bytes` from `skip` on. A decoder that can puts RGB straight into what `memory` gives, and says so (`stays`).
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
  let decoder: Decoder | undefined
  let failures = 0
  const failed = () => {
    if (++failures % mostFailures === 0) decoder = undefined
  }
  return (prefix, bytes, skip) => {
    decoder ??= newDecoder()
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

const require = createRequire(import.meta.url)
const codec = '@cornerstonejs/codec-libjpeg-turbo-8bit'

/** What is used of the engine's own, which TypeScript knows in browsers alone. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => object
}

/** Given an instance at once, the package is ready when its promise is made: decoding waits for nobody, so neither does this. */
function newDecoder(): Decoder {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly
  const load = require(`${codec}/decodewasmjs`) as typeof import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')['default']
  const module = new Module(readFileSync(require.resolve(`${codec}/decodewasm`)))
  const made: Given = { instantiateWasm: (imports, ready) => ready(new Instance(module, imports), module) }
  void load(made)
  return new made.JPEGDecoder!()
}
