/** Pages of Parquet unpacked: snappy and LZ4 in JavaScript, gzip by Node, zstd by Node or, where it has none, in WebAssembly: tables travel. */

import zlib from 'node:zlib'
import { type FileMetaData, snappyUncompress } from 'hyparquet'
import { unpackLz4, unpackOldLz4 } from './lz4.js'
import { loadZstd } from './zstd.js'

/** `length`: of the page when it is unpacked, as its header says. */
type UnpackPage = (input: Uint8Array, length: number) => Uint8Array

type Packing = 'SNAPPY' | 'GZIP' | 'BROTLI' | 'ZSTD' | 'LZ4' | 'LZ4_RAW'

/** How the columns of a table are packed. */
export const packingsIn = ({ row_groups: groups }: Pick<FileMetaData, 'row_groups'>): ReadonlySet<string> =>
  new Set(groups.flatMap(({ columns }) => columns.flatMap(({ meta_data: column }) => column?.codec ?? [])))

/**
 * Never more is unpacked than the page header says, and no header is believed more than `largest` bytes. `packings`: those of the table; zstd is loaded
 * for those alone that have it.
 */
export async function pageUnpackers(largest: number, packings: ReadonlySet<string>): Promise<Readonly<Record<Packing, UnpackPage>>> {
  const zstd = packings.has('ZSTD') ? await loadZstd() : undefined
  function bounded(length: number): number {
    if (!(length >= 0 && length <= largest)) throw new Error(`a page claims ${length} bytes unpacked`)
    return Math.max(length, 1)
  }
  /** Room for what a page claims, where it can be that much: `most` of its bytes. */
  function roomFor({ length: packed }: Uint8Array, length: number, most: number): Uint8Array {
    if (bounded(length) > most) throw new Error(`a page of ${packed} bytes claims ${length} unpacked`)
    return new Uint8Array(length)
  }
  // A byte goes on with a copy by 255.
  const lz4 = (unpack: typeof unpackLz4) => (input: Uint8Array, length: number) =>
    unpack(input, roomFor(input, length, 64 + input.length * 255))
  return {
    SNAPPY: (input, length) => {
      // Snappy packs at most 64 bytes into 3.
      const output = roomFor(input, length, input.length * 22)
      snappyUncompress(input, output)
      return output
    },
    GZIP: (input, length) => zlib.gunzipSync(input, { maxOutputLength: bounded(length) }),
    BROTLI: (input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: bounded(length) }),
    // A page of nulls alone has no values.
    ZSTD: (input, length) => (length === 0 ? new Uint8Array() : (zstd!(input, bounded(length)) as Uint8Array)),
    LZ4: lz4(unpackOldLz4),
    LZ4_RAW: lz4(unpackLz4),
  }
}
