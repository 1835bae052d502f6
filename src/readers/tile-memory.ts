/**
 * Memory of tiles that nobody looks at any more, for those decoded next, of whatever slide of this thread. Memory that is touched for the first time
 * costs as much as half the decoding of the tile in it (bench/NOTES.md), and a lane that opens one slide after another would pay it for each.
 */

import { pixelMemory } from '../geometry/pixel-memory.js'

/** Bytes kept at most: what the cache of a lane lets go when its slide is closed. */
const MOST_BYTES = 32 * 2 ** 20

export class TileMemory {
  readonly #most: number
  /** By length; the one that was used last is the last one, and is taken first. */
  readonly #free = new Map<number, Uint8Array[]>()
  #bytes = 0

  constructor(most = MOST_BYTES) {
    this.#most = most
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Not cleared. What is made anew takes the place of others that are let go: together they are never more than there were in use at once. */
  take(bytes: number): Uint8Array {
    const buffer = this.#free.get(bytes)?.pop()
    if (buffer === undefined) {
      this.#drop(bytes)
      return pixelMemory.take(bytes)
    }
    this.#bytes -= bytes
    return buffer
  }

  give(buffer: Uint8Array): void {
    const { length } = buffer
    if (this.#bytes + length > this.#most) {
      pixelMemory.give(buffer)
      return
    }
    this.#bytes += length
    const same = this.#free.get(length)
    if (same === undefined) this.#free.set(length, [buffer])
    else same.push(buffer)
  }

  #drop(bytes: number): void {
    for (const [length, buffers] of this.#free) {
      while (bytes > 0 && buffers.length > 0) {
        pixelMemory.give(buffers.pop()!)
        this.#bytes -= length
        bytes -= length
      }
      if (buffers.length === 0) this.#free.delete(length)
      if (bytes <= 0) return
    }
  }
}

/** Of this thread. */
export const tileMemory = new TileMemory()
