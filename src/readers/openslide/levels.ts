/** The levels of a slide as OpenSlide has them, cut into tiles that it can be asked for. */

import type { Level } from '../../core/slide.js'
import { levelOf } from '../store.js'
import { MOST_LEVELS } from '../tile-loader.js'
import type { OpenSlideLibrary } from './library.js'

export interface CountedLevel {
  readonly level: Level
  /** Its own factor, one for both axes. It is asked for places of level 0, so a place of this level is exact where that gives a whole number. */
  readonly factor: number
}

/** Tiles of ours where those of the file are strips, or as large as a level. */
const SIDE = 512
const LEAST_SIDE = 128
const MOST_SIDE = 1024
/** A level of no whole factor is asked for from its corner, where it may be one tile: there nothing is moved. */
const ONE_TILE = 2 ** 22

export function countLevels(library: OpenSlideLibrary, slide: unknown): CountedLevel[] {
  const count = Math.min(library.get_level_count(slide), MOST_LEVELS)
  const sizes = Array.from({ length: count }, (_, level) => {
    const [width, height] = [new BigInt64Array(1), new BigInt64Array(1)]
    library.get_level_dimensions(slide, level, width, height)
    return { width: Number(width[0]), height: Number(height[0]), factor: library.get_level_downsample(slide, level) }
  })
  return sizes.map(({ width, height, factor }, i) => {
    const side = (name: 'width' | 'height') => Number(library.get_property_value(slide, `openslide.level[${i}].tile-${name}`))
    const told = { width: side('width'), height: side('height') }
    const usual = [told.width, told.height].every((length) => Number.isInteger(length) && length >= LEAST_SIDE && length <= MOST_SIDE)
    const tile = !isWhole(factor) && width * height <= ONE_TILE ? { width, height } : usual ? told : { width: SIDE, height: SIDE }
    const level = levelOf(width, height, tile, sizes[0], false)
    return { level: isWhole(factor) ? { ...level, downsample: { x: factor, y: factor } } : level, factor }
  })
}

/** What a person should know of a level. */
export function movedBy({ level: { width, height, tile }, factor }: CountedLevel, index: number): string[] {
  if (isWhole(factor) || (tile.width >= width && tile.height >= height)) return []
  return [`level ${index} is 1/${Number(factor.toPrecision(6))} of level 0: OpenSlide moves its pixels by parts of one`]
}

const isWhole = (factor: number) => Number.isInteger(factor)
