/**
 * Deflate in a zlib envelope, as TIFF and Zarr have it, or bare, as DICOM has it, by node:zlib. Output is bounded: a small stream cannot unpack to
 * gigabytes. What follows the pixels (some writers pack a row more) is left alone where it ends well: damaged data goes on and on, too. Data that
 * ends early gives what it has: it may be only the checksum that is missing.
 */

import { constants, inflateRawSync, inflateSync } from 'node:zlib'
import { CodecError, withSurplus } from './types.js'

export const unpackDeflate = (bytes: Uint8Array, size: number): Uint8Array => unpacked(inflateSync, bytes, size)

export const unpackBareDeflate = (bytes: Uint8Array, size: number): Uint8Array => unpacked(inflateRawSync, bytes, size)

function unpacked(inflate: typeof inflateSync, bytes: Uint8Array, size: number): Uint8Array {
  try {
    try {
      return inflate(bytes, { maxOutputLength: size, finishFlush: constants.Z_SYNC_FLUSH })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error
      return inflate(bytes, { maxOutputLength: withSurplus(size), finishFlush: constants.Z_FINISH }).subarray(0, size)
    }
  } catch (cause) {
    throw new CodecError(`the deflate data is damaged (${cause instanceof Error ? cause.message : cause})`, { cause })
  }
}
