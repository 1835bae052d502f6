/** Zstandard: Node's own where it has it (22.15 and newer), else zstddec (WebAssembly). Output is bounded by the tile either way. */

import zlib from 'node:zlib'
import { CodecError, type Unpack, withSurplus } from './types.js'

/** Not in the types of Node 20. */
const { zstdDecompressSync } = zlib as {
  readonly zstdDecompressSync?: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
}

export const loadZstd = (): Promise<Unpack> => (zstdDecompressSync ? Promise.resolve(byNode(zstdDecompressSync)) : loadPackagedZstd())

function byNode(decompress: NonNullable<typeof zstdDecompressSync>): Unpack {
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
