/** What other programs pack the buffers of an Arrow file with: Feather is LZ4 unless it is asked for otherwise. apache-arrow brings neither LZ4 nor zstd. */

import { CompressionType, compressionRegistry } from 'apache-arrow'
import { unpackLz4Frame } from '../../codecs/lz4-frame.js'
import { loadZstd } from '../../codecs/zstd.js'

/** Of a buffer: a column of ours has less by far, but pyarrow joins up to 65,536 rows, which of vectors of 4,096 numbers is so much. */
const largest = 2 ** 30

let loaded: Promise<void> | undefined

/** Once a process: apache-arrow knows one decoder of each. */
export const unpackArrow = (): Promise<void> => (loaded ??= load())

async function load(): Promise<void> {
  const zstd = await loadZstd()
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    // No byte of LZ4 gives more than 255.
    decode: (packed) => unpackLz4Frame(packed, new Uint8Array(lengthBefore(packed, packed.length * 255))),
  })
  compressionRegistry.set(CompressionType.ZSTD, { decode: (packed) => zstd(packed, lengthBefore(packed)) as Uint8Array })
}

/** A buffer begins with how many bytes it has when it is unpacked, and what is given here is what follows. Exported for tests. */
export function lengthBefore({ buffer, byteOffset }: Uint8Array, most = largest): number {
  const length = byteOffset < 8 ? Number.NaN : Number(new DataView(buffer, byteOffset - 8, 8).getBigInt64(0, true))
  if (!(length >= 0 && length <= Math.min(most, largest))) throw new Error(`a buffer claims ${length} bytes unpacked`)
  return length
}
