/** The pyramid as the viewer asks for it: tiles of one size, level `top` is the slide itself, each level below half as large. */

import type { Region, Size } from '../../geometry/region.js'

export interface Pyramid extends Size {
  readonly tile: number
  readonly top: number
}

/** Tiles as large as the slide's own where they are square and handy, so that a tile at full size is one tile of the file. */
export function pyramidOf({ width, height }: Size, tile: Size | undefined): Pyramid {
  const own = tile && tile.width === tile.height && tile.width >= 128 && tile.width <= 1024 ? tile.width : 256
  const top = Math.max(0, Math.ceil(Math.log2(Math.max(width, height, 1))))
  return { width, height, tile: own, top }
}

/** What a tile shows, in baseline pixels, and how many pixels it has; null where there is no such tile. */
export function tileOf(
  { width, height, tile, top }: Pyramid,
  level: number,
  column: number,
  row: number,
): { region: Region; size: Size } | null {
  if (![level, column, row].every((n) => Number.isInteger(n) && n >= 0) || level > top) return null
  const down = 2 ** (top - level)
  const [w, h] = [Math.ceil(width / down), Math.ceil(height / down)]
  const [x, y] = [column * tile, row * tile]
  if (x >= w || y >= h) return null
  const size = { width: Math.min(tile, w - x), height: Math.min(tile, h - y) }
  return { region: { x: x * down, y: y * down, width: size.width * down, height: size.height * down }, size }
}
