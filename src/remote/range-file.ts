/**
 * A file on a server as readers of tables ask for it: any stretch of bytes, in one state of the file. Small stretches come in blocks, and a few blocks are kept: a
 * table is read by its footer, its pages, and then its neighbours.
 */

import { RemoteObject } from './object.js'

/** Bytes of a block, and blocks that are kept. Longer stretches are asked for as they are. */
const blockBytes = 2 ** 20
const keptBlocks = 16

export interface RangeFile {
  readonly byteLength: number
  /** Bytes from `start` up to `end`, which lie in the file, in memory of their own. Throws SlideError. */
  readonly slice: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>
}

/** Throws SlideError. */
export async function openRangeFile(address: string): Promise<RangeFile> {
  const { object, head } = await RemoteObject.open(address)
  const { size } = object.facts
  const blocks = new Map<number, Promise<Uint8Array>>()
  const block = (number: number): Promise<Uint8Array> => {
    const known = blocks.get(number)
    blocks.delete(number)
    const at = number * blockBytes
    const read = known ?? object.read(at, Math.min(blockBytes, size - at))
    // Whoever asks later asks anew.
    if (known === undefined) read.catch(() => blocks.get(number) === read && blocks.delete(number))
    blocks.set(number, read)
    if (blocks.size > keptBlocks) blocks.delete(blocks.keys().next().value!)
    return read
  }
  return {
    byteLength: size,
    slice: async (start, end) => {
      if (end <= head.length) return new Uint8Array(head.subarray(start, end))
      if (end - start >= blockBytes) return (await object.read(start, end - start)) as Uint8Array<ArrayBuffer>
      const bytes = new Uint8Array(end - start)
      const numbers = [...new Set([Math.floor(start / blockBytes), Math.floor((end - 1) / blockBytes)])]
      const parts = await Promise.all(numbers.map(block))
      for (const [i, number] of numbers.entries()) {
        const [from, to] = [Math.max(start, number * blockBytes), Math.min(end, (number + 1) * blockBytes)]
        bytes.set(parts[i]!.subarray(from - number * blockBytes, to - number * blockBytes), from - start)
      }
      return bytes
    },
  }
}
