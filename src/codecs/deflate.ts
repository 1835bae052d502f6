/** Deflate in a zlib envelope, by node:zlib. Output is bounded: a small stream cannot unpack to gigabytes. */

import { inflateSync } from 'node:zlib'
import { CodecError } from './types.js'

export function unpackDeflate(bytes: Uint8Array, size: number): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: size })
  } catch (cause) {
    throw new CodecError(`the deflate data is damaged (${cause instanceof Error ? cause.message : cause})`, { cause })
  }
}
