/**
 * How many times smaller a level is than level 0, where the file says of both how large a pixel is. As a rule that is what their sizes say, too. A level
 * that was filled up (to whole tiles, with anything) is larger, and its pixels lie where the size of a pixel says; one that is smaller shows a part of the
 * picture, or another one, and a level that begins somewhere else cannot be laid over level 0 at all. Pure.
 */

import type { Size } from '../geometry/region.js'
import { fourDigits } from '../geometry/round.js'

export interface Factor {
  readonly x: number
  readonly y: number
}

export interface SaidOfLevel {
  readonly level: Size
  readonly base: Size
  /** Pixels of level 0 in one of the level, by what is said of their sizes. */
  readonly said?: Factor | undefined
  /** Up to whole ones of which the level may be filled up; absent: it is not. */
  readonly tile?: Size | undefined
  /** Where the level begins, in pixels of level 0. */
  readonly at?: Factor | undefined
}

/** Sides that a picture may have beside those that its factor gives: writers round up, down, or from level to level. */
const ROUNDED = 1

export const bySizes = ({ level, base }: Pick<SaidOfLevel, 'level' | 'base'>): Factor => ({
  x: base.width / level.width,
  y: base.height / level.height,
})

/** The factor, or why the level is none of this picture, in words. */
export function factorOf({ level, base, said, tile, at }: SaidOfLevel): Factor | string {
  const plain = bySizes({ level, base })
  // Writers that know one size of a pixel write it for all levels.
  const known = said !== undefined && !isSame(said) && said.x > 0 && said.y > 0 ? said : undefined
  const { x, y } = known ?? plain
  if (at !== undefined && (Math.abs(at.x) > x * ROUNDED || Math.abs(at.y) > y * ROUNDED))
    return `it begins ${fourDigits(at.x)}, ${fourDigits(at.y)} pixels from where level 0 does`
  if (known === undefined) return plain
  const over = { x: level.width - base.width / x, y: level.height - base.height / y }
  if (over.x < -ROUNDED || over.y < -ROUNDED)
    return `its pixels are said to be ${fourDigits(x)} x ${fourDigits(y)} times as large as those of level 0, of which it then shows a part`
  if (over.x <= ROUNDED && over.y <= ROUNDED) return plain
  // No more than a tile is filled up, and no picture is shrunk more along one side than along the other.
  if (tile === undefined || over.x >= tile.width + ROUNDED || over.y >= tile.height + ROUNDED || !isNear(x / y, 1))
    return `its pixels are said to be ${fourDigits(x)} x ${fourDigits(y)} times as large as those of level 0, of which it then shows more than there is`
  return known
}

const isSame = ({ x, y }: Factor) => isNear(x, 1) && isNear(y, 1)
const isNear = (one: number, other: number) => Math.abs(one - other) < 0.01
