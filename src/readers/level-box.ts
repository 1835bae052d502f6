/** Which level a picture is read from and which of its pixels: TIAToolbox's rules, number for number. Pure. */

import type { Level, ReadRequest } from '../core/slide.js'
import type { Size } from '../geometry/region.js'
import { roundHalfEven } from '../geometry/round.js'

/** Pixels of one level; may reach outside of it. */
export interface LevelBox extends Size {
  readonly level: number
  readonly x: number
  readonly y: number
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

export function levelBox(request: ReadRequest, levels: readonly Level[]): LevelBox {
  const level = request.level ?? levelFor(request, levels)
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
