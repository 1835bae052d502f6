/**
 * Levels whose tiles do not lie side by side from the upper left on: several pages at places of their own (Leica), tiles that overlap by the
 * same number of pixels everywhere (Trestle), and both, of tiles that a smaller level holds many of in one (Ventana).
 */

import type { Region, Size } from '../../geometry/region.js'
import { intersection } from '../../geometry/region.js'
import type { Placement } from '../store.js'
import type { Page } from './page.js'

export interface LevelLayout extends Size {
  /** How many times level 0 is larger. */
  readonly factor: { readonly x: number; readonly y: number }
  /** In the order of painting. */
  readonly parts: readonly LayoutPart[]
}

/** A rectangle of tiles at the same distance. The tile at the lower right is painted last, and seen, as OpenSlide has it. */
export interface LayoutPart {
  readonly page: Page
  /** A stored tile holds so many tiles in a row, and in a column: each has a place of its own. */
  readonly cuts: number
  /** Of the first tile, counted in tiles of the page. */
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  /** Place of the first tile in the level, and from one tile to the next; pixels, rounded for each tile. */
  readonly at: Point
  readonly advance: Point
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** A tile of a part: in which stored tile it is, and where in it. */
export interface PlacedTile {
  readonly part: LayoutPart
  /** The number of the stored tile in its page. */
  readonly stored: number
  readonly inside: Region
}

/** All of a page as it is, at a place. */
export function wholePage(page: Page, at: Point = { x: 0, y: 0 }): LayoutPart {
  const { width, height, tile } = page
  const [columns, rows] = [Math.ceil(width / tile.width), Math.ceil(height / tile.height)]
  return { page, cuts: 1, column: 0, row: 0, columns, rows, at, advance: { x: tile.width, y: tile.height } }
}

export const tilesOf = ({ parts }: LevelLayout): number => parts.reduce((sum, { columns, rows }) => sum + columns * rows, 0)

/** Where each tile of a level lies, by its number in the order of painting. */
export function layoutOf(level: LevelLayout): Placement & { readonly tileOf: (tile: number) => PlacedTile } {
  const { parts } = level
  const starts: number[] = []
  let count = 0
  for (const { columns, rows } of parts) {
    starts.push(count)
    count += columns * rows
  }
  const partOf = (tile: number) => {
    let i = parts.length - 1
    while (starts[i]! > tile) i--
    return i
  }
  /** Column and row in its part. */
  const locate = (tile: number) => {
    const i = partOf(tile)
    const part = parts[i]!
    const at = tile - starts[i]!
    return { part, column: at % part.columns, row: Math.floor(at / part.columns) }
  }
  const insideOf = (part: LayoutPart, column: number, row: number): Region => {
    const { cuts, page } = part
    const x = along((part.column + column) % cuts, cuts, page.tile.width)
    const y = along((part.row + row) % cuts, cuts, page.tile.height)
    return { x: x.from, y: y.from, width: x.length, height: y.length }
  }
  /** The stored tile ends where its page does. */
  const shown = (part: LayoutPart, column: number, row: number): Region => {
    const { page, cuts } = part
    const left = Math.floor((part.column + column) / cuts) * page.tile.width
    const top = Math.floor((part.row + row) / cuts) * page.tile.height
    return intersection(insideOf(part, column, row), { x: 0, y: 0, width: page.width - left, height: page.height - top })
  }
  const placeIn = (part: LayoutPart, column: number, row: number): Region => {
    const { width, height } = shown(part, column, row)
    return { x: Math.round(part.at.x + column * part.advance.x), y: Math.round(part.at.y + row * part.advance.y), width, height }
  }
  return {
    count,
    placeOf: (tile) => {
      const { part, column, row } = locate(tile)
      return placeIn(part, column, row)
    },
    tileOf: (tile) => {
      const { part, column, row } = locate(tile)
      const across = Math.ceil(part.page.width / part.page.tile.width)
      const stored = Math.floor((part.row + row) / part.cuts) * across + Math.floor((part.column + column) / part.cuts)
      return { part, stored, inside: insideOf(part, column, row) }
    },
    tilesIn: (box) => {
      const found: number[] = []
      for (const [i, part] of parts.entries()) {
        const { columns, rows, cuts, page } = part
        const first = (from: number, size: number, at: number, advance: number) => Math.max(0, Math.floor((from - size - 1 - at) / advance))
        const last = (to: number, of: number, at: number, advance: number) => Math.min(of - 1, Math.ceil((to + 1 - at) / advance))
        const left = first(box.x, page.tile.width / cuts, part.at.x, part.advance.x)
        const right = last(box.x + box.width, columns, part.at.x, part.advance.x)
        const top = first(box.y, page.tile.height / cuts, part.at.y, part.advance.y)
        const bottom = last(box.y + box.height, rows, part.at.y, part.advance.y)
        for (let row = top; row <= bottom; row++) {
          for (let column = left; column <= right; column++) {
            const { width, height } = intersection(placeIn(part, column, row), box)
            if (width > 0 && height > 0) found.push(starts[i]! + row * columns + column)
          }
        }
      }
      return found
    },
  }
}

/** The n-th piece of a side that is cut: whole pixels, and all of them together the side. */
function along(n: number, cuts: number, side: number): { readonly from: number; readonly length: number } {
  const from = Math.round((n * side) / cuts)
  return { from, length: Math.round(((n + 1) * side) / cuts) - from }
}
