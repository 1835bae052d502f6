/**
 * Bytes of a file that the system holds in memory already, at once: `preadv2` with RWF_NOWAIT (Linux 4.14), called through koffi. A read through Node's
 * threads costs 15 µs of processor time where several are on their way, and 50 where one waits for the other; this one 3. The restart intervals of an NDPI
 * are thousands of reads.
 */

import { loadKoffi } from '../core/native.js'

/** How many bytes came; null: they would have to be waited for. Throws nothing: whatever is wrong is told by a read that waits. */
export type ReadNow = (handle: number, bytes: Uint8Array, offset: number) => number | null

let loaded: Promise<ReadNow | null> | undefined

/** Null where there is no such call: not on Linux, or without koffi. */
export const readNow = (): Promise<ReadNow | null> => (loaded ??= load())

/** The same on all processors. */
const RWF_NOWAIT = 8

async function load(): Promise<ReadNow | null> {
  if (process.platform !== 'linux') return null
  const koffi = await loadKoffi()
  if (koffi === undefined) return null
  try {
    const piece = koffi.struct({ base: 'void *', length: 'size_t' })
    const preadv2 = koffi.load(null).func('preadv2', 'int64_t', ['int', koffi.pointer(piece), 'int', 'int64_t', 'int'])
    return (handle, bytes, offset) => {
      const came = Number(preadv2(handle, { base: bytes, length: bytes.length }, 1, offset, RWF_NOWAIT))
      return came > 0 ? came : null
    }
  } catch {
    // musl has it since 1.2.5.
    return null
  }
}
