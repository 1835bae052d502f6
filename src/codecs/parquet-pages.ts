/** Pages of Parquet unpacked: snappy in JavaScript, gzip by Node, zstd by whom the caller has. */

import zlib from 'node:zlib'
import { snappyUncompress } from 'hyparquet'

/** `length`: of the page when it is unpacked, as its header says. */
type UnpackPage = (input: Uint8Array, length: number) => Uint8Array

/** Never more is unpacked than the page header says, and no header is believed more than `largest` bytes. */
export function pageUnpackers(largest: number, zstd: UnpackPage): Readonly<Record<'SNAPPY' | 'GZIP' | 'BROTLI' | 'ZSTD', UnpackPage>> {
  function bounded(length: number): number {
    if (!(length >= 0 && length <= largest)) throw new Error(`a page claims ${length} bytes unpacked`)
    return Math.max(length, 1)
  }
  return {
    SNAPPY: (input, length) => {
      // Snappy packs at most 64 bytes into 3.
      if (bounded(length) > input.length * 22) throw new Error(`a page of ${input.length} bytes claims ${length} unpacked`)
      const output = new Uint8Array(length)
      snappyUncompress(input, output)
      return output
    },
    GZIP: (input, length) => zlib.gunzipSync(input, { maxOutputLength: bounded(length) }),
    BROTLI: (input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: bounded(length) }),
    ZSTD: (input, length) => zstd(input, bounded(length)),
  }
}
