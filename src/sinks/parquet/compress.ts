/** What hyparquet-writer and hyparquet do not bring themselves: gzip and zstd, from Node. */

import zlib from 'node:zlib'
import { type CompressionCodec, snappyUncompress } from 'hyparquet'
import type { ParquetWriteOptions } from 'hyparquet-writer'
import { SinkError } from '../../core/errors.js'

export const codecs: Readonly<Record<'snappy' | 'gzip' | 'zstd' | 'none', CompressionCodec>> = {
  snappy: 'SNAPPY',
  gzip: 'GZIP',
  zstd: 'ZSTD',
  none: 'UNCOMPRESSED',
}

/** `zlib.zstdCompressSync` came with Node 22.15. */
const { zstdCompressSync, zstdDecompressSync } = zlib as {
  readonly zstdCompressSync?: (input: Uint8Array) => Uint8Array
  readonly zstdDecompressSync?: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
}

function noZstd(): never {
  throw new SinkError('COMPRESSION_UNSUPPORTED', `zstd needs Node 22.15 or newer, this is ${process.version}`, {
    hint: 'use compression: snappy or gzip',
  })
}

export const compressors: NonNullable<ParquetWriteOptions['compressors']> = {
  GZIP: (input) => zlib.gzipSync(input, { level: 6 }),
  ZSTD: (input) => (zstdCompressSync ? zstdCompressSync(input) : noZstd()),
}

/** Pages are about a MiB, with parquetjs a whole row group; more than this is not unpacked. */
const largestPage = 1024 ** 3

/** The page header says how long the page is unpacked: never more than that is unpacked, and no header is believed everything. */
export const decompressors = {
  SNAPPY: (input: Uint8Array, length: number) => {
    // Snappy packs at most 64 bytes into 3.
    if (bounded(length) > input.length * 22) throw new Error(`a page of ${input.length} bytes claims ${length} unpacked`)
    const output = new Uint8Array(length)
    snappyUncompress(input, output)
    return output
  },
  GZIP: (input: Uint8Array, length: number) => zlib.gunzipSync(input, { maxOutputLength: bounded(length) }),
  ZSTD: (input: Uint8Array, length: number) =>
    zstdDecompressSync ? zstdDecompressSync(input, { maxOutputLength: bounded(length) }) : noZstd(),
}

function bounded(length: number): number {
  if (!(length >= 0 && length <= largestPage)) throw new Error(`a page claims ${length} bytes unpacked`)
  return Math.max(length, 1)
}
