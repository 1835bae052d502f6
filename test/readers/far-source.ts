/** A source that is far away: each read waits to be answered, or answers after some time; how many are on their way is counted. */

import type { ByteSource, Extent, Reading } from '../../src/readers/byte-source.js'
import { fromAfar } from '../../src/readers/byte-source.js'
import { sourceOf } from './files/source-of.js'

export interface FarSource extends ByteSource {
  /** All reads that were begun. */
  readonly reads: readonly Extent[]
  /** The most reads, and bytes, that were on their way at once. */
  readonly most: { reads: number; bytes: number }
  /** Reads that are to fail, by their first byte. */
  readonly broken: Set<number>
}

export function farSource(
  bytes: Uint8Array,
  { ms = 1, reading = fromAfar }: { readonly ms?: number; readonly reading?: Reading } = {},
): FarSource {
  const near = sourceOf(bytes, 'far')
  const reads: Extent[] = []
  const now = { reads: 0, bytes: 0 }
  const most = { reads: 0, bytes: 0 }
  const broken = new Set<number>()
  return {
    ...near,
    reading,
    reads,
    most,
    broken,
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      reads.push({ offset, length })
      now.reads++
      now.bytes += length
      most.reads = Math.max(most.reads, now.reads)
      most.bytes = Math.max(most.bytes, now.bytes)
      await new Promise((resolve) => setTimeout(resolve, ms))
      now.reads--
      now.bytes -= length
      signal?.throwIfAborted()
      if (broken.has(offset)) throw new Error(`byte ${offset} cannot be had`)
      return near.read(offset, length)
    },
  }
}
