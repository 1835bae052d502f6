/** Pages packed and unpacked: snappy in JavaScript; gzip and zstd are packed by Node, off this thread. */

import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { CompressionCodec, FileMetaData } from 'hyparquet'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { packingsIn, pageUnpackers } from '../../codecs/parquet-pages.js'
import { SinkError } from '../../core/errors.js'

export type Codec = Extract<CompressionCodec, 'SNAPPY' | 'GZIP' | 'ZSTD' | 'UNCOMPRESSED'>

export const codecs: Readonly<Record<'snappy' | 'gzip' | 'zstd' | 'none', Codec>> = {
  snappy: 'SNAPPY',
  gzip: 'GZIP',
  zstd: 'ZSTD',
  none: 'UNCOMPRESSED',
}

/** zstd came with Node 22.15. */
const { zstdCompress } = zlib as {
  readonly zstdCompress?: (input: Uint8Array, done: (error: Error | null, output: Uint8Array) => void) => void
}

function noZstd(): never {
  throw new SinkError('COMPRESSION_UNSUPPORTED', `zstd needs Node 22.15 or newer, this is ${process.version}`, {
    hint: 'use compression: snappy or gzip',
  })
}

const gzip = promisify(zlib.gzip)

const packers: Readonly<Record<Codec, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  UNCOMPRESSED: (bytes) => Promise.resolve(bytes),
  SNAPPY: (bytes) => Promise.resolve(snappyCompress(bytes)),
  GZIP: (bytes) => gzip(bytes, { level: 6 }),
  ZSTD: (bytes) => (zstdCompress ? promisify(zstdCompress)(bytes) : noZstd()),
}

/** The body of a page, which may lie in pieces. */
export async function pack(codec: Codec, body: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  if (codec === 'UNCOMPRESSED') return body
  return [await packers[codec](body.length === 1 ? body[0]! : Buffer.concat(body))]
}

/** Pages are about a MiB, with parquetjs a whole row group; more than this is not unpacked. */
const largestPage = 1024 ** 3

export const unpackersOf = (table: Pick<FileMetaData, 'row_groups'>) => pageUnpackers(largestPage, packingsIn(table))
