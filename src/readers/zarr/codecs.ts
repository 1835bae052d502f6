/**
 * zarrita's codecs with bounds: none of them believes what packed bytes say of their size. Ours unpack zstd, gzip and zlib; blosc and lz4 are
 * zarrita's, asked once the size that they announce was found to fit, and blosc to be whole.
 */

import { gunzipSync } from 'node:zlib'
import { type CodecEntry, registry } from 'zarrita'
import { mustBeWhole } from '../../codecs/blosc-check.js'
import { crc32c } from '../../codecs/crc32c.js'
import { loadUnpack } from '../../codecs/load.js'
import { CodecError, type Unpack, withSurplus } from '../../codecs/types.js'
import { packers } from './array.js'

/** Codecs that announce the size: where it stands in their bytes. */
const announced: Readonly<Record<string, { readonly at: number; readonly head: number }>> = {
  // version, version of the packer, flags, bytes of a number; then the sizes of all, of a block, and packed.
  blosc: { at: 4, head: 16 },
  lz4: { at: 0, head: 4 },
}

/** Put into zarrita's registry, for all arrays of this thread. */
export function boundCodecs(): void {
  for (const name of packers) {
    const theirs = registry.get(name)!
    const load = async () => bounded(name, name in announced ? await theirs() : undefined, await unpackOf(name))
    registry.set(name, load)
    registry.set(`numcodecs.${name}`, load)
  }
  registry.set('crc32c', async () => checksum)
}

const readOnly = {
  kind: 'bytes_to_bytes',
  encode(): never {
    throw new Error('slides are read, not written')
  },
} as const

/** zarrita passes over it. */
const checksum: CodecEntry = {
  fromConfig: () => ({
    ...readOnly,
    computeEncodedSize: (size: number) => size + 4,
    decode(bytes: Uint8Array) {
      const end = bytes.length - 4
      if (end < 0 || crc32c(bytes.subarray(0, end)) !== Buffer.from(bytes.buffer, bytes.byteOffset + end, 4).readUInt32LE())
        throw new CodecError('the bytes are not those of their checksum (crc32c)')
      return bytes.subarray(0, end)
    },
  }),
}

async function unpackOf(name: string): Promise<Unpack> {
  if (name === 'zstd') return loadUnpack('zstd')
  if (name === 'zlib') return loadUnpack('deflate')
  return (bytes, size) => {
    try {
      return gunzipSync(bytes, { maxOutputLength: size })
    } catch (cause) {
      throw new CodecError(`the gzip data is damaged, or larger than its chunk (${cause instanceof Error ? cause.message : cause})`, {
        cause,
      })
    }
  }
}

/** A chunk has a byte for each number; a codec before may have added some (a checksum). */
function bounded(name: string, theirs: CodecEntry | undefined, unpack: Unpack): CodecEntry {
  return {
    fromConfig(config, meta) {
      const most = withSurplus(meta.shape.reduce((all, n) => all * n, 1))
      const codec = theirs?.fromConfig(config, meta)
      return {
        ...readOnly,
        decode(bytes) {
          if (codec === undefined) return unpack(bytes, most)
          const { at, head } = announced[name]!
          const size = bytes.length < head ? Number.NaN : Buffer.from(bytes.buffer, bytes.byteOffset, head).readUInt32LE(at)
          if (!(size <= most)) throw new CodecError(`the ${name} data says it has ${size} bytes, its chunk has at most ${most}`)
          if (name !== 'blosc') return codec.decode(bytes)
          return mustBeWhole(bytes, () => loadUnpack('zstd')).then(() => codec.decode(bytes))
        },
      }
    },
  }
}
