/** Which tiles have been needed by now: one bit a tile, of the levels that were used. */

import { ownLevels, type TileStore } from './store.js'
import type { Tilings } from './tiling.js'

export class TouchedTiles {
  readonly #levels: Uint8Array[]

  constructor(
    private readonly store: TileStore,
    private readonly tilings: Tilings,
  ) {
    this.#levels = ownLevels(store).map(() => new Uint8Array(0))
  }

  /** Notes a tile; true where it was not needed before. It is one tile, whatever the size in which it is decoded. */
  isFirst({ level: at, index }: { readonly level: number; readonly index: number }): boolean {
    const level = this.store.smaller?.[at - this.#levels.length]?.of ?? at
    if (this.#levels[level]!.length === 0) this.#levels[level] = new Uint8Array(Math.ceil(this.tilings.of(level).count / 8))
    const bits = this.#levels[level]!
    const bit = 1 << (index & 7)
    if ((bits[index >> 3]! & bit) !== 0) return false
    bits[index >> 3]! |= bit
    return true
  }

  /** Level by level; a copy. */
  bits(): readonly Uint8Array[] {
    return this.#levels.map((bits) => bits.slice())
  }
}
