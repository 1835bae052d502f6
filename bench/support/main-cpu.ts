/** Processor time of the main thread alone, and the bytes that it copies from one array into another. */

import { readFileSync } from 'node:fs'
import process from 'node:process'

/**
 * Nanoseconds that this process's first thread was on a processor. Lanes, the threads that write files and those that tidy memory are others, so
 * `process.cpuUsage` counts too much; the event loop's utilization counts what the thread waits for a processor, so on a busy machine
 * too much as well. The kernel counts each thread apart; the id of the first is that of the process. Linux alone has it.
 */
export const mainNanoseconds = (): number => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0])

type Copying = { set(from: ArrayLike<number>, at?: number): void; slice(from?: number, to?: number): { readonly byteLength: number } }

/** Bytes that arrays of this thread copy while `work` runs: by `set`, `slice` and `Buffer.concat`. */
export async function bytesCopied<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly bytes: number }> {
  const typed = Object.getPrototypeOf(Uint8Array.prototype) as Copying
  const { set, slice } = typed
  const { concat } = Buffer
  let bytes = 0
  typed.set = function (this: Copying, from, at) {
    if (ArrayBuffer.isView(from)) bytes += from.byteLength
    set.call(this, from, at)
  }
  typed.slice = function (this: Copying, from, to) {
    const copy = slice.call(this, from, to)
    bytes += copy.byteLength
    return copy
  }
  Buffer.concat = (list, total) => {
    const joined = concat(list, total)
    bytes += joined.byteLength
    return joined
  }
  try {
    return { result: await work(), bytes }
  } finally {
    Object.assign(typed, { set, slice })
    Buffer.concat = concat
  }
}
