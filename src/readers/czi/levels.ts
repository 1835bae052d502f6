/** The sub-blocks of a CZI as levels: those of one factor are a level, each at its place, rounded to whole pixels of it. */

import type { Level } from '../../core/slide.js'
import type { Region } from '../../geometry/region.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import type { Places } from '../placement.js'
import { Cells } from './cells.js'
import type { SubBlock } from './directory.js'

export interface CziLevel {
  readonly level: Level
  /** In the order of painting. */
  readonly blocks: readonly SubBlock[]
  readonly places: Places
}

/** Levels that all scenes have (a scene may be too small for the last ones), and that show all of it. */
export function levelsOf(
  all: readonly SubBlock[],
  uri: string,
  { imagePixels, tilePixels }: Limits,
  most: number,
  warnings: string[],
): CziLevel[] {
  const blocks = all.filter(({ factor }) => !Number.isNaN(factor))
  if (blocks.length < all.length)
    warnings.push(`${all.length - blocks.length} of its pictures are left out: they are smaller by no whole number`)
  const base = blocks.filter(({ factor }) => factor === 1)
  if (base.length === 0) throw malformed(uri, 'has no picture of full resolution')
  const whole = around(base)
  if (!(whole.width * whole.height <= imagePixels && whole.width < 2 ** 31 && whole.height < 2 ** 31))
    throw malformed(uri, `says it has ${whole.width} x ${whole.height} pixels, more than ${imagePixels}`)
  const large = blocks.find(({ width, height }) => width * height > tilePixels)
  if (large !== undefined) throw malformed(uri, `has a picture of ${large.width} x ${large.height} pixels, more than ${tilePixels}`)
  const coarsest = new Map<number, number>()
  for (const { scene, factor } of blocks) coarsest.set(scene, Math.max(coarsest.get(scene) ?? 1, factor))
  const common = Math.min(...coarsest.values())
  const factors = [...new Set(blocks.map(({ factor }) => factor))].filter((factor) => factor <= common).sort((a, b) => a - b)
  const shown = new Cells(whole)
  shown.add(base)
  const levels = factors.slice(0, most).flatMap((factor) => {
    const own = blocks.filter((block) => block.factor === factor)
    if (factor === 1 || shown.areIn(own)) return [levelOf(own, factor, whole)]
    warnings.push(`its pictures of 1/${factor} are left out: they show only a part of it`)
    return []
  })
  return levels.filter(({ level }) => level.width > 0 && level.height > 0)
}

function around(blocks: readonly SubBlock[]): Region {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { x, y, width, height } of blocks) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + width)
    bottom = Math.max(bottom, y + height)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

function levelOf(blocks: readonly SubBlock[], factor: number, whole: Region): CziLevel {
  // Scenes count anew, and the later one lies on top. Of one rank the lower right one is painted last, as other readers do it.
  const sorted = blocks.toSorted((a, b) => a.scene - b.scene || a.order - b.order || a.y - b.y || a.x - b.x)
  const at = (start: number, origin: number) => Math.round((start - origin) / factor)
  const widest = sorted.reduce((most, { width }) => Math.max(most, width), 1)
  const tallest = sorted.reduce((most, { height }) => Math.max(most, height), 1)
  return {
    level: {
      width: Math.floor(whole.width / factor),
      height: Math.floor(whole.height / factor),
      downsample: { x: factor, y: factor },
      tile: { width: widest, height: tallest },
    },
    blocks: sorted,
    places: {
      x: Float64Array.from(sorted, ({ x }) => at(x, whole.x)),
      y: Float64Array.from(sorted, ({ y }) => at(y, whole.y)),
      width: Int32Array.from(sorted, ({ width }) => width),
      height: Int32Array.from(sorted, ({ height }) => height),
    },
  }
}
