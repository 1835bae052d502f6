/**
 * Bytes of a file that the system holds in memory already, at once: `preadv2` with RWF_NOWAIT (Linux 4.14), called through koffi. A read through Node's
 * threads costs 15 µs of processor time where several are on their way, and 50 where one waits for the other; this one 1. The restart intervals of an NDPI
 * are thousands of reads.
 */

import { loadKoffi } from '../core/host/native.js'

/** A buffer of so many bytes, and how many of them came: none where they would have to be waited for, or something is wrong, which a read that waits tells. */
export type ReadNow = (handle: number, offset: number, length: number) => { readonly bytes: Uint8Array; readonly came: number }

let loaded: Promise<ReadNow | null> | undefined

/** Null where there is no such call: not on Linux, or without koffi. */
export const readNow = (): Promise<ReadNow | null> => (loaded ??= load())

/** The same on all processors. */
const RWF_NOWAIT = 8

/** To ask where a buffer lies costs as much as three reads, so short ones share one. */
const SHARED = 256 * 1024
const SHORT = 32 * 1024

async function load(): Promise<ReadNow | null> {
  if (process.platform !== 'linux') return null
  const koffi = await loadKoffi()
  if (koffi === undefined) return null
  try {
    const preadv2 = koffi.load(null).func('int64_t preadv2(int handle, const void *pieces, int count, int64_t offset, int flags)')
    // A struct iovec: where the bytes go, and how many; both 64 bits, in the order of this machine.
    const piece = new BigUint64Array(2)
    let shared = Buffer.alloc(0)
    let address = 0n
    let used = 0
    const place = (length: number): [bytes: Uint8Array, address: bigint] => {
      if (length > SHORT) {
        const own = Buffer.allocUnsafeSlow(length)
        return [own, koffi.address(own)]
      }
      if (used + length > shared.length) {
        shared = Buffer.allocUnsafeSlow(SHARED)
        address = koffi.address(shared)
        used = 0
      }
      const at = used
      used += length
      return [shared.subarray(at, used), address + BigInt(at)]
    }
    return (handle, offset, length) => {
      const [bytes, at] = place(length)
      piece[0] = at
      piece[1] = BigInt(length)
      return { bytes, came: Math.max(0, Number(preadv2(handle, piece, 1, offset, RWF_NOWAIT))) }
    }
  } catch {
    // musl has it since 1.2.5.
    return null
  }
}
