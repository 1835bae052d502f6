/** What a format gives: where its tiles lie, and how one is decoded. Everything else (levels, cache, resampling) is shared. */

import type { Level } from '../core/slide.js'
import type { Size } from '../geometry/region.js'
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

/** A level of a store; its downsample is per axis, from the sizes, unless these are filled up to whole tiles. */
export function levelOf(width: number, height: number, tile: Level['tile'], base = { width, height }): Level {
  const sizes = { x: base.width / width, y: base.height / height }
  const factor = factorOf({ width, height }, tile, base)
  return { width, height, tile, downsample: factor === undefined ? sizes : { x: factor, y: factor } }
}

/** A factor that is this much more than the sizes say is no longer explained by padding. */
const MOST_PADDING = 1.1

/** The whole factor of a level that was filled up to whole tiles; none when its sizes are those of the shrunken picture, to a pixel. */
function factorOf(level: Size, tile: Size, base: Size): number | undefined {
  const [across, down] = [base.width / level.width, base.height / level.height]
  const least = Math.round(Math.min(across, down))
  const candidates = [least, least + 1].filter((f) => f > 1)
  const isPlain = (size: number, whole: number, f: number) => Math.abs(whole / f - size) < 1
  const isPadded = (size: number, whole: number, f: number, tile: number) => size === Math.ceil(Math.ceil(whole / f) / tile) * tile
  if (candidates.some((f) => isPlain(level.width, base.width, f) && isPlain(level.height, base.height, f))) return undefined
  return candidates.find(
    (f) =>
      f <= Math.min(across, down) * MOST_PADDING &&
      (isPlain(level.width, base.width, f) || isPadded(level.width, base.width, f, tile.width)) &&
      (isPlain(level.height, base.height, f) || isPadded(level.height, base.height, f, tile.height)),
  )
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
