/** What a format gives: where its tiles lie, and how one is decoded. Everything else (levels, cache, resampling) is shared. */

import type { Shrink } from '../codecs/types.js'
import type { Level } from '../core/slide.js'
import type { Region } from '../geometry/region.js'
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

/**
 * Where the tiles of a level lie when they are no grid: at any place, over each other, with holes between. They are numbered in the order of
 * painting: where two overlap, the later one is seen. A hole is white.
 */
export interface Placement {
  /** Tiles of the level. */
  readonly count: number
  /** The tiles that meet a box (pixels of the level; it may reach outside), in the order of their numbers. */
  tilesIn(box: Region): readonly number[]
  /** A tile's place and size in pixels of the level: whole numbers; it may reach outside. Its picture is at least as large. */
  placeOf(tile: number): Region
}

/** A level made of the tiles of another one. */
export interface Smaller {
  readonly of: number
  readonly shrink: Shrink
}

/** The levels of a store without those that are made of others. */
export const ownLevels = ({ levels, smaller = [] }: TileStore): readonly Level[] => levels.slice(0, levels.length - smaller.length)

export interface TileStore {
  readonly levels: readonly Level[]
  /** Waited for before a level is used, which may be often: loads what says where its tiles lie, once. Absent: all is there. Throws a SlideError. */
  prepare?(level: number, signal?: AbortSignal): Promise<void>
  /** The tiles of a level that are no grid; null for one whose tiles lie row by row. Asked once, after `prepare`. */
  placed?(level: number): Placement | null
  /** Where the bytes of a tile lie: several places for separate colour planes, none when the store finds them itself, null for a blank tile. */
  extents(level: number, index: number): readonly Extent[] | null
  /** Decodes a tile; `memory` gives a buffer for its pixels. `shrink`: as many times smaller, of a level that `shrinks`. Throws a CodecError or a SlideError of that tile, or SourceFailed. */
  decode(
    level: number,
    index: number,
    parts: readonly Uint8Array[],
    memory: (bytes: number) => Uint8Array,
    shrink?: Shrink,
  ): Tile | Promise<Tile>
  /** Whether tiles of a level, which lie in a grid, can be decoded in half of their size and less, as JPEG can. Absent: none. */
  shrinks?(level: number): boolean
  /** Levels that are no more than another one whose tiles are decoded smaller: the last ones of `levels`. Absent: none. */
  readonly smaller?: readonly Smaller[]
  /**
   * What `decode` takes as the parts of a tile without extents, where that is fetched by itself: while one is on its way others are decoded. Throws as
   * `decode` does. Absent: such a tile is made of other tiles, or its data found by `decode`.
   */
  fetch?(level: number, index: number): Promise<readonly Uint8Array[]>
  /** Tiles of a level without extents that may be fetched side by side. Absent: one after another. */
  atOnce?(level: number): number
  /** What is fetched comes from a server: what will be needed next is fetched ahead. */
  readonly far?: boolean
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
