/** What hyparquet-writer and hyparquet do not bring themselves: gzip and zstd, from Node. */

import zlib from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
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

/** The page header says how long the page is unpacked: never more than that is unpacked. */
export const decompressors = {
  GZIP: (input: Uint8Array, length: number) => zlib.gunzipSync(input, { maxOutputLength: Math.max(length, 1) }),
  ZSTD: (input: Uint8Array, length: number) =>
    zstdDecompressSync ? zstdDecompressSync(input, { maxOutputLength: Math.max(length, 1) }) : noZstd(),
}
