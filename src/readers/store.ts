/** What a format gives: where its tiles lie, and how one is decoded. Everything else (levels, cache, resampling) is shared. */

import type { Level } from '../core/slide.js'
import type { Extent } from './byte-source.js'
import { fillingOf } from './filled-up.js'

/** A decoded tile: RGB rows without padding. May be larger than its part of the level, never smaller. */
export interface Tile {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
  /** Kept by the store itself: costs the cache nothing, and its memory is not used again. */
  readonly kept?: boolean
}

export interface TileStore {
  readonly levels: readonly Level[]
  /** Where the bytes of a tile lie: several places for separate colour planes, none when the store finds them itself, null for a blank tile. */
  extents(level: number, index: number): readonly Extent[] | null
  /** Decodes a tile; `memory` gives a buffer for its pixels. Throws a CodecError or a SlideError of that tile. */
  decode(level: number, index: number, parts: readonly Uint8Array[], memory: (bytes: number) => Uint8Array): Tile | Promise<Tile>
  /** In words, for messages: `tile 3, 4 of level 0`. */
  nameOf?(level: number, index: number): string
}

/** Tiles per row and column of a level. */
export const columnsOf = (level: Level): number => Math.ceil(level.width / level.tile.width)
export const rowsOf = (level: Level): number => Math.ceil(level.height / level.tile.height)

/** A level of a store; its downsample is per axis, from the sizes, unless it is filled up to whole tiles. (Strips never are.) */
export function levelOf(width: number, height: number, tile: Level['tile'], base = { width, height }, tiled = true): Level {
  const filling = tiled ? fillingOf({ width, height }, tile, base) : 'plain'
  const factor = typeof filling === 'number' ? { x: filling, y: filling } : { x: base.width / width, y: base.height / height }
  return { width, height, tile, downsample: factor }
}

/** Rows of a level from `y` on whose tiles are all blank. */
export function blankRows(store: TileStore, index: number, y: number): number {
  const level = store.levels[index]!
  const columns = columnsOf(level)
  let row = Math.floor(y / level.tile.height)
  const isBlank = () => {
    for (let column = 0; column < columns; column++) if (store.extents(index, row * columns + column) !== null) return false
    return true
  }
  while (row < rowsOf(level) && isBlank()) row++
  return Math.max(0, Math.min(row * level.tile.height, level.height) - y)
}
