/** Which tiles of a level a box needs, and where each lies: a grid by arithmetic, or what the store says of its placed tiles. */

import type { Level } from '../core/slide.js'
import { intersection, type Region } from '../geometry/region.js'
import { columnsOf, type Placement, rowsOf, type TileStore } from './store.js'

export interface Tiling extends Placement {
  /** Tiles lie over each other: what is painted later is seen. */
  readonly overlaps: boolean
  /** From `y` to the end of its row of tiles, or as many rows as a tile has; not beyond the level. */
  rowsAt(y: number): number
  nameOf(tile: number): string
}

/** Tiles row by row, cut off at the level's edge. */
export function gridOf(level: Level, index: number): Tiling {
  const { width, height, tile } = level
  const [columns, rows] = [columnsOf(level), rowsOf(level)]
  return {
    overlaps: false,
    count: columns * rows,
    tilesIn(box) {
      const left = Math.max(0, Math.floor(box.x / tile.width))
      const right = Math.min(columns, Math.ceil((box.x + box.width) / tile.width))
      const bottom = Math.min(rows, Math.ceil((box.y + box.height) / tile.height))
      const tiles: number[] = []
      for (let row = Math.max(0, Math.floor(box.y / tile.height)); row < bottom; row++)
        for (let column = left; column < right; column++) tiles.push(row * columns + column)
      return tiles
    },
    placeOf(at) {
      const [x, y] = [(at % columns) * tile.width, Math.floor(at / columns) * tile.height]
      return { x, y, width: Math.min(tile.width, width - x), height: Math.min(tile.height, height - y) }
    },
    rowsAt: (y) => Math.min((Math.floor(y / tile.height) + 1) * tile.height, height) - y,
    nameOf: (at) => `tile (${at % columns}, ${Math.floor(at / columns)}) of level ${index}`,
  }
}

function placedOn(placement: Placement, { height, tile }: Level, index: number): Tiling {
  return {
    overlaps: true,
    count: placement.count,
    tilesIn: (box) => placement.tilesIn(box),
    placeOf: (at) => placement.placeOf(at),
    rowsAt: (y) => Math.min(tile.height, height - y),
    nameOf: (at) => `tile ${at} of level ${index}`,
  }
}

/** The tilings of a store, each made once, when its level was prepared. */
export class Tilings {
  readonly #store: TileStore
  readonly #made: (Tiling | undefined)[] = []
  readonly #ready = new Set<number>()

  constructor(store: TileStore) {
    this.#store = store
  }

  /** Waited for before a level is used. */
  async prepare(level: number, signal?: AbortSignal): Promise<void> {
    await this.#store.prepare?.(level, signal)
    this.#ready.add(level)
  }

  isReady(level: number): boolean {
    return this.#store.prepare === undefined || this.#ready.has(level)
  }

  of(index: number): Tiling {
    const level = this.#store.levels[index]!
    const placement = this.#made[index] === undefined ? this.#store.placed?.(index) : undefined
    this.#made[index] ??= placement ? placedOn(placement, level, index) : gridOf(level, index)
    return this.#made[index]
  }

  /** Rows of a level from `y` on, where `y` lies in it, that are white between `x` and `x + width`: at most to the end of a row of tiles. */
  whiteRows(index: number, x: number, width: number, y: number): number {
    const tiling = this.of(index)
    const height = tiling.rowsAt(y)
    const isBlank = (tile: number) => this.#store.extents(index, tile) === null
    return tiling.tilesIn({ x, y, width, height }).every(isBlank) ? height : 0
  }
}

/** The part of a placed tile that lies in its level. */
export const visiblePart = (place: Region, { width, height }: Level): Region => intersection(place, { x: 0, y: 0, width, height })
