/**
 * Deflate in a zlib envelope, by node:zlib. Output is bounded: a small stream cannot unpack to gigabytes. What follows the pixels (some
 * writers pack a row more) is left alone where it ends well: damaged data goes on and on, too. Data that ends early gives what it has: it may be
 * only the checksum that is missing.
 */

import { constants, inflateSync } from 'node:zlib'
import { CodecError, withSurplus } from './types.js'

export function unpackDeflate(bytes: Uint8Array, size: number): Uint8Array {
  try {
    try {
      return inflated(bytes, size, constants.Z_SYNC_FLUSH)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error
      return inflated(bytes, withSurplus(size), constants.Z_FINISH).subarray(0, size)
    }
  } catch (cause) {
    throw new CodecError(`the deflate data is damaged (${cause instanceof Error ? cause.message : cause})`, { cause })
  }
}

const inflated = (bytes: Uint8Array, most: number, finishFlush: number) => inflateSync(bytes, { maxOutputLength: most, finishFlush })
