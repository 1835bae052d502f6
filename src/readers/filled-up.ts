/**
 * Some writers fill every level up to whole tiles: a quarter of 3056 pixels, 764, becomes 768. The factor of such a level is not that of its
 * sizes, which would put its pixels up to a tile beside their place.
 */

import type { Size } from '../geometry/region.js'

/** More than this may be a level of another factor, unless only one explains it. */
const MOST_PADDING = 1.1

/** `plain`: the sizes are those of the shrunken picture. A number: the factor of a level that was filled up. `unclear`: several would do. */
export function fillingOf(level: Size, tile: Size, base: Size): number | 'plain' | 'unclear' {
  const ratio = Math.min(base.width / level.width, base.height / level.height)
  const least = Math.round(ratio)
  const isPlain = (f: number) => f > 0 && shrinks(level.width, base.width, f) && shrinks(level.height, base.height, f)
  if (isPlain(least) || isPlain(least + 1)) return 'plain'
  // All that fill the same tiles: at most twice as large, but for a level of one tile, where any larger one does (and two powers of two are found).
  const most = 4 * Math.max(least, 1)
  const whole: number[] = []
  for (let f = Math.max(2, least); f <= most; f++) {
    const across = shrinks(level.width, base.width, f) || fills(level.width, base.width, f, tile.width)
    const down = shrinks(level.height, base.height, f) || fills(level.height, base.height, f, tile.height)
    if (across && down) whole.push(f)
  }
  if (whole.length < 2) return whole[0] ?? 'plain'
  const powers = whole.filter((f) => Number.isInteger(Math.log2(f)))
  const first = powers[0]
  if (first !== undefined && (powers.length === 1 || first <= ratio * MOST_PADDING)) return first
  return isShrunk(level, base) ? 'plain' : 'unclear'
}

/** Whether a whole factor makes both sides, each to a pixel. Of a side of few pixels it may be far from their ratio: 181 in 5 is 31 to 45. */
function isShrunk(level: Size, base: Size): boolean {
  const above = Math.max(base.width / (level.width + 1), base.height / (level.height + 1))
  const below = Math.min(base.width / (level.width - 1), base.height / (level.height - 1))
  return Math.floor(above) + 1 < below
}

const shrinks = (size: number, whole: number, factor: number) => Math.abs(whole / factor - size) < 1
const fills = (size: number, whole: number, factor: number, tile: number) => size === Math.ceil(Math.ceil(whole / factor) / tile) * tile
