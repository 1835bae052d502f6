/** The memory of long vectors, which is used again as soon as nobody reads it. */

import { letGo } from '../../flow/let-go.js'
import { giveMemory, takeMemory } from '../../flow/used-memory.js'
import type { Batch } from '../batch.js'

interface Lent {
  readonly buffers: readonly ArrayBuffer[]
  /** How many still read the batch. */
  readers: number
}

/** A batch that is not in here belongs to the collector. */
const lent = new WeakMap<Batch, Lent>()

/** A batch whose vectors `make` puts into the memory that it asks for, and that nobody else knows. */
export function inOwnMemory(make: (memory: (bytes: number) => ArrayBuffer) => Batch): Batch {
  const buffers: ArrayBuffer[] = []
  const batch = make((bytes) => {
    const buffer = takeMemory(bytes)
    buffers.push(buffer)
    return buffer
  })
  if (buffers.length > 0) lent.set(batch, { buffers, readers: 0 })
  return batch
}

/** So many read the batch from now on, and each says when it is done. */
export function lend(batch: Batch, readers: number): void {
  const memory = lent.get(batch)
  if (memory) memory.readers = readers
}

/** One that the batch was lent to reads it no more. After the last one its vectors mean nothing. */
export function giveBack(batch: Batch): void {
  const memory = lent.get(batch)
  // Lent to nobody, it may be read by whoever has it.
  if (!memory || memory.readers === 0 || --memory.readers > 0) return
  lent.delete(batch)
  for (const buffer of memory.buffers) giveMemory(buffer)
}

/** Nobody reads the batch any more: its vectors are empty from here on. Short ones share their memory with others, and stay. */
export function freeVectors({ columns }: Batch): void {
  for (const column of columns) {
    if (column.type !== 'vector') continue
    const { buffer, byteLength } = column.values
    if (byteLength > 0 && byteLength === buffer.byteLength) letGo(buffer as ArrayBuffer)
  }
}
