/** Where the restart intervals of a JPEG begin, in 4 bytes each: they only grow, so of the upper halves it is enough to know where they change. */

const HALF = 2 ** 32

export class Starts {
  readonly #low: Uint32Array
  /** The first interval beyond each 4 GiB. */
  readonly #wraps: number[] = []
  #length = 0

  constructor(most: number) {
    this.#low = new Uint32Array(most)
  }

  get length(): number {
    return this.#length
  }

  /** Adds the next one, which must not lie before the last. */
  push(start: number): void {
    while (start >= HALF * (this.#wraps.length + 1)) this.#wraps.push(this.#length)
    this.#low[this.#length++] = start
  }

  at(index: number): number {
    let upper = 0
    for (const first of this.#wraps) {
      if (index < first) break
      upper++
    }
    return this.#low[index]! + upper * HALF
  }
}
