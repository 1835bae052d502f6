/** Answers that wait for their turn, by ordinal: which row of which batch. Room for those on their way, whatever the length of the slide. */

import type { Batch } from '../../core/batch.js'

export interface Taken {
  /** The batches the rows are of, each once. */
  readonly batches: readonly Batch[]
  /** For each row the number of its batch, and its number in that. */
  readonly from: Int32Array
  readonly rows: Int32Array
}

export class Slots {
  /** Of ordinal o at o modulo their length, a power of two: undefined while nothing came, null when a stage dropped the patch. */
  #batches: (Batch | null | undefined)[] = new Array(1024).fill(undefined)
  #rows = new Int32Array(1024)
  #come = 0

  /** `next`: the first ordinal that was not taken. */
  constructor(public next: number) {}

  /** Answers below the next ordinal were taken before: they are let go. */
  put(ordinal: number, batch: Batch | null, row: number): void {
    if (ordinal < this.next) return
    while (ordinal - this.next >= this.#rows.length) this.#grow()
    const at = ordinal & (this.#rows.length - 1)
    this.#batches[at] = batch
    this.#rows[at] = row
  }

  /** How far all has come, from the next ordinal on: the first one that is missing, at most `end`. */
  come(end: number): number {
    if (this.#come < this.next) this.#come = this.next
    while (this.#come < end && this.#batches[this.#come & (this.#rows.length - 1)] !== undefined) this.#come++
    return this.#come
  }

  /** Takes what lies from the next ordinal up to `end`, all of which has come. */
  take(end: number): Taken {
    const mask = this.#rows.length - 1
    const numbers = new Map<Batch, number>()
    const [from, rows] = [new Int32Array(end - this.next), new Int32Array(end - this.next)]
    let count = 0
    let last: Batch | null | undefined
    let number = 0
    for (; this.next < end; this.next++) {
      const at = this.next & mask
      const batch = this.#batches[at]
      this.#batches[at] = undefined
      if (!batch) continue
      if (batch !== last) {
        number = numbers.get(batch) ?? numbers.size
        numbers.set(batch, number)
        last = batch
      }
      from[count] = number
      rows[count++] = this.#rows[at]!
    }
    return { batches: [...numbers.keys()], from: from.subarray(0, count), rows: rows.subarray(0, count) }
  }

  #grow(): void {
    const [batches, rows, old] = [this.#batches, this.#rows, this.#rows.length]
    this.#batches = new Array(2 * old).fill(undefined)
    this.#rows = new Int32Array(2 * old)
    for (let ordinal = this.next; ordinal < this.next + old; ordinal++) {
      const at = ordinal & (2 * old - 1)
      this.#batches[at] = batches[ordinal & (old - 1)]
      this.#rows[at] = rows[ordinal & (old - 1)]!
    }
  }
}
