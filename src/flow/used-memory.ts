/**
 * Memory of this thread that is used again as soon as nobody reads it. The collector would find it, too; but some megabytes a second count as
 * pressure until then: it walks the whole heap again and again, throws away what the compiler made of functions that live for a moment only, and
 * fresh memory is zeroed by the system first.
 */

import { letGo } from './let-go.js'

/** The last one given back at the end. */
const free: ArrayBuffer[] = []
/** Bytes that wait for further use. */
const mostFree = 64 * 1024 * 1024
let freeBytes = 0

/** So many bytes or some more, at most twice as many; what stands in them means nothing. */
export function takeMemory(bytes: number): ArrayBuffer {
  const at = free.findLastIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes)
  if (at < 0) return new ArrayBuffer(bytes)
  const [buffer] = free.splice(at, 1)
  freeBytes -= buffer!.byteLength
  return buffer!
}

/** Nobody may read it any more. */
export function giveMemory(buffer: ArrayBuffer): void {
  if (freeBytes + buffer.byteLength > mostFree) letGo(buffer)
  else {
    free.push(buffer)
    freeBytes += buffer.byteLength
  }
}
