/**
 * Placed tiles found by where they are: the level is cut into square bins, and each bin knows the tiles that meet it. Costs about 24 bytes a
 * tile besides its place, whatever the places are: bins are doubled until tiles meet four of them on average.
 */

import type { Region, Size } from '../geometry/region.js'
import type { Placement } from './store.js'

/** Corners of tiles in pixels of the level, in the order of painting; one size for all of them, or a size each. Whole numbers. */
export interface Places {
  readonly x: Int32Array | Float64Array
  readonly y: Int32Array | Float64Array
  readonly width: number | Int32Array | Float64Array
  readonly height: number | Int32Array | Float64Array
}

const MOST_BINS = 2 ** 20
/** Bins that a tile may meet, on average. */
const PER_TILE = 4

/** Keeps the arrays. */
export function placementOf(places: Places, level: Size): Placement {
  const { x, y } = places
  const count = x.length
  const placeOf = (tile: number): Region => ({
    x: x[tile]!,
    y: y[tile]!,
    width: sideOf(places.width, tile),
    height: sideOf(places.height, tile),
  })

  let side = 64
  while (Math.ceil(level.width / side) * Math.ceil(level.height / side) > Math.min(MOST_BINS, 64 + count)) side *= 2
  const columnsOf = () => Math.ceil(level.width / side)
  const rowsOf = () => Math.ceil(level.height / side)
  /** First and last column and row of bins that a box meets; nothing outside of the level. */
  const binsOf = (left: number, top: number, width: number, height: number) => ({
    left: Math.max(0, Math.floor(left / side)),
    top: Math.max(0, Math.floor(top / side)),
    right: Math.min(columnsOf(), Math.ceil((left + width) / side)) - 1,
    bottom: Math.min(rowsOf(), Math.ceil((top + height) / side)) - 1,
  })
  const binsOfTile = (tile: number) => binsOf(x[tile]!, y[tile]!, sideOf(places.width, tile), sideOf(places.height, tile))
  for (;;) {
    let met = 0
    for (let tile = 0; tile < count; tile++) {
      const { left, top, right, bottom } = binsOfTile(tile)
      met += Math.max(0, right - left + 1) * Math.max(0, bottom - top + 1)
    }
    if (met <= PER_TILE * count || columnsOf() * rowsOf() === 1) break
    side *= 2
  }

  // The tiles of bin b are tiles[starts[b]] to tiles[starts[b + 1] - 1], ascending.
  const [columns, rows] = [columnsOf(), rowsOf()]
  const starts = new Uint32Array(columns * rows + 1)
  const eachBin = (tile: number, use: (bin: number) => void) => {
    const { left, top, right, bottom } = binsOfTile(tile)
    for (let row = top; row <= bottom; row++) for (let column = left; column <= right; column++) use(row * columns + column)
  }
  for (let tile = 0; tile < count; tile++) eachBin(tile, (bin) => starts[bin + 1]!++)
  for (let bin = 0; bin < columns * rows; bin++) starts[bin + 1]! += starts[bin]!
  const tiles = new Uint32Array(starts[columns * rows]!)
  const next = starts.slice()
  for (let tile = 0; tile < count; tile++) {
    eachBin(tile, (bin) => {
      tiles[next[bin]!++] = tile
    })
  }

  return {
    count,
    placeOf,
    tilesIn(box) {
      const found: number[] = []
      const { left, top, right, bottom } = binsOf(box.x, box.y, box.width, box.height)
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          const bin = row * columns + column
          for (let i = starts[bin]!; i < starts[bin + 1]!; i++) if (meets(placeOf(tiles[i]!), box)) found.push(tiles[i]!)
        }
      }
      // A tile that meets several bins was found in each.
      return found.sort((a, b) => a - b).filter((tile, i) => tile !== found[i - 1])
    },
  }
}

/** The side of a tile, where all have one or each its own. */
export const sideOf = (sides: Places['width'], tile: number): number => (typeof sides === 'number' ? sides : sides[tile]!)

const meets = (a: Region, b: Region): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
