/** Zstandard: Node's own where it has one that tells of a frame which ends early, else zstddec (WebAssembly). Output is bounded by the tile either way. */

import zlib from 'node:zlib'
import { CodecError, type Unpack, withSurplus } from './types.js'

/** Not in the types of Node 20. */
const { zstdDecompressSync } = zlib as {
  readonly zstdDecompressSync?: Decompress
}

type Decompress = (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

export const loadZstd = (): Promise<Unpack> =>
  zstdDecompressSync && tellsOfTheEnd(zstdDecompressSync) ? Promise.resolve(byNode(zstdDecompressSync)) : loadPackagedZstd()

/** The beginning of a frame of eight bytes: its head, and half of its only block (RFC 8878, 3.1.1). */
const half = Buffer.from('28b52ffd200841000061626364', 'hex')

/** Node 22 answers with what it has got of a frame that is cut off, and says nothing. Exported for tests. */
export function tellsOfTheEnd(decompress: Decompress): boolean {
  try {
    decompress(half, { maxOutputLength: 8 })
    return false
  } catch {
    return true
  }
}

function byNode(decompress: Decompress): Unpack {
  return orMore((bytes, size) => checked(() => decompress(bytes, { maxOutputLength: size }), size))
}

/** Exported for tests: on a newer Node, too, both must give the same bytes. */
export async function loadPackagedZstd(): Promise<Unpack> {
  const { ZSTDDecoder } = await import('zstddec')
  const decoder = new ZSTDDecoder()
  await decoder.init()
  return orMore((bytes, size) => checked(() => decoder.decode(bytes, size), size))
}

function checked(decode: () => Uint8Array, size: number): Uint8Array {
  let out: Uint8Array
  try {
    out = decode()
  } catch (cause) {
    throw new CodecError('the zstd data is damaged, or larger than its tile', { cause })
  }
  // zstddec's error codes come back as an absurd length.
  if (out.length === 0 || out.length > size) throw new CodecError('the zstd data is damaged, or larger than its tile')
  return out
}

/** A frame is unpacked whole or not at all. */
function orMore(unpack: (bytes: Uint8Array, size: number) => Uint8Array): Unpack {
  return (bytes, size) => {
    try {
      return unpack(bytes, size)
    } catch {
      const out = unpack(bytes, withSurplus(size))
      return out.length > size ? out.subarray(0, size) : out
    }
  }
}
