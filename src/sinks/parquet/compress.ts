/** Pages packed and unpacked: snappy in JavaScript; gzip and zstd by Node, which packs them off this thread. */

import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { type CompressionCodec, snappyUncompress } from 'hyparquet'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { SinkError } from '../../core/errors.js'

export type Codec = Extract<CompressionCodec, 'SNAPPY' | 'GZIP' | 'ZSTD' | 'UNCOMPRESSED'>

export const codecs: Readonly<Record<'snappy' | 'gzip' | 'zstd' | 'none', Codec>> = {
  snappy: 'SNAPPY',
  gzip: 'GZIP',
  zstd: 'ZSTD',
  none: 'UNCOMPRESSED',
}

/** zstd came with Node 22.15. */
const { zstdCompress, zstdDecompressSync } = zlib as {
  readonly zstdCompress?: (input: Uint8Array, done: (error: Error | null, output: Uint8Array) => void) => void
  readonly zstdDecompressSync?: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
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

/** The page header says how long the page is unpacked: never more than that is unpacked, and no header is believed everything. */
export const decompressors: Readonly<Record<'SNAPPY' | 'GZIP' | 'ZSTD', (input: Uint8Array, length: number) => Uint8Array>> = {
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
