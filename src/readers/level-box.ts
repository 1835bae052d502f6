/** Which level a picture is read from and which of its pixels: TIAToolbox's rules, number for number. Pure. */

import type { Level, ReadRequest, Resampling } from '../core/slide.js'
import type { Region, Size } from '../geometry/region.js'
import { roundHalfEven } from '../geometry/round.js'
import { isUnmoved, type Moved, movedFor } from './as-openslide.js'

/** Pixels of one level; may reach outside of it. */
export interface LevelBox extends Size {
  readonly level: number
  readonly x: number
  readonly y: number
  /** How the pixels of this box are made where they are not those of the level. */
  readonly moved?: Moved
  /** The part of it that is asked for, where that is no whole number of its pixels. */
  readonly part?: Region
}

const SCALE_DECIMALS = 1000

/** The last (coarsest) level that need not be enlarged, to three decimals; none: level 0. */
export function levelFor({ region, width, height }: ReadRequest, levels: readonly Level[]): number {
  for (let i = levels.length - 1; i > 0; i--) {
    const { x, y } = levels[i]!.downsample
    const scaleX = Math.round((width / (region.width / x)) * SCALE_DECIMALS)
    const scaleY = Math.round((height / (region.height / y)) * SCALE_DECIMALS)
    if (scaleX <= SCALE_DECIMALS && scaleY <= SCALE_DECIMALS) return i
  }
  return 0
}

export function levelBox(request: ReadRequest, levels: readonly Level[], resampling: Resampling = 'exact'): LevelBox {
  const level = request.level ?? levelFor(request, levels)
  if (resampling === 'tiatoolbox' && level > 0) return boxAsOpenSlide(request, levels[level]!, level)
  const { x, y } = levels[level]!.downsample
  const { region } = request
  return {
    level,
    x: roundHalfEven(region.x / x),
    y: roundHalfEven(region.y / y),
    width: Math.max(1, roundHalfEven(region.width / x)),
    height: Math.max(1, roundHalfEven(region.height / y)),
  }
}

function boxAsOpenSlide(request: ReadRequest, of: Level, level: number): LevelBox {
  const moved = movedFor(request, of)
  const { x, y } = moved
  const box = { level, x: x.first, y: y.first, width: x.length, height: y.length }
  return isUnmoved(moved) ? box : { ...box, moved }
}
