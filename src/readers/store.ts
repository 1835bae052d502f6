/** What a format gives: where its tiles lie, and how one is decoded. Everything else (levels, cache, resampling) is shared. */

import type { Level } from '../core/slide.js'
import type { Extent } from './byte-source.js'

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

/** A level of a store; its downsample is per axis, from the sizes. */
export function levelOf(width: number, height: number, tile: Level['tile'], base = { width, height }): Level {
  return { width, height, tile, downsample: { x: base.width / width, y: base.height / height } }
}
