/** The one formula for units: what "0.5 mpp" or "20 power" means on a given slide. Nothing else knows it. */

import type { Size } from './region.js'
import { roundHalfEven } from './round.js'

export type Units = 'mpp' | 'power' | 'level' | 'baseline'

/** A resolution as people write it: `0.5 mpp`, `20 power`, `level 1`, `baseline 1`. */
export interface Resolution {
  readonly value: number
  readonly units: Units
}

export interface Scale {
  readonly x: number
  readonly y: number
}

/** What must be known of a slide to resolve a resolution; a `SlideInfo` is one. */
export interface Measured extends Size {
  readonly levels: readonly { readonly downsample: Scale }[]
  /** µm per baseline pixel. */
  readonly mpp?: Scale
  readonly power?: number
}

/** A slide known from a table only may have no levels; it has a baseline all the same. */
export const measured = (slide: Omit<Measured, 'levels'> & { readonly levels?: Measured['levels'] }): Measured => ({
  ...slide,
  levels: slide.levels?.length ? slide.levels : [{ downsample: { x: 1, y: 1 } }],
})

/** How many pixels at `first` one at `other` is wide: 2 mpp is 4 of 0.5 mpp. 1 where only a slide could say. */
export function coarserBy(first: Resolution | undefined, other: Resolution | undefined): number {
  if (!first || first.units !== other?.units || first.units === 'level') return 1
  return first.units === 'mpp' ? other.value / first.value : first.value / other.value
}

/** A resolution on one slide. */
export interface Resolved extends Size {
  /** Output pixels per baseline pixel: 0.5 is half as wide. */
  readonly scale: Scale
  /** The coarsest level that still has enough pixels, or 0. */
  readonly level: number
}

/** The slide does not say what is needed to know how large a pixel is at this resolution. */
export class ResolutionUnknown extends Error {
  override readonly name = 'ResolutionUnknown'
}

/**
 * Resolves `at` on a slide: `width` × `height` are the whole slide's dimensions at that resolution, rounded as TIAToolbox
 * rounds them (first to whole pixels of the level, then to the output's).
 */
export function resolveAt(slide: Measured, at: Resolution): Resolved {
  const scales = levelScales(slide, at)
  let level = 0
  for (const [i, s] of scales.entries()) if (rounded3(s.x) <= 1 && rounded3(s.y) <= 1) level = i
  const scale = scales[level]!
  const down = downsampleOf(slide, level)
  return {
    // In this order of operations, so that a later division falls on the same side of a whole number as TIAToolbox's.
    scale: { x: (1 / down.x) * scale.x, y: (1 / down.y) * scale.y },
    level,
    width: roundHalfEven(roundHalfEven(slide.width / down.x) * scale.x),
    height: roundHalfEven(roundHalfEven(slide.height / down.y) * scale.y),
  }
}

/** Output pixels per pixel of each level: below 1 the level has more pixels than asked for, above 1 it must be enlarged. */
export function levelScales(slide: Measured, { value, units }: Resolution): readonly Scale[] {
  if (!(value > 0 || (units === 'level' && value === 0))) throw new RangeError(`no resolution: ${value} ${units}`)
  const [base, wanted] = baseAndWanted(slide, value, units)
  return slide.levels.map((_, i) => {
    const down = downsampleOf(slide, i)
    return { x: (base.x * down.x) / wanted.x, y: (base.y * down.y) / wanted.y }
  })
}

function baseAndWanted(slide: Measured, value: number, units: Units): readonly [Scale, Scale] {
  switch (units) {
    case 'mpp':
      return [mppOf(slide), both(value)]
    case 'power':
      return [both(1 / powerOf(slide)), both(1 / value)]
    case 'baseline':
      return [both(1), both(1 / value)]
    case 'level':
      return [both(1), downsampleAt(slide, value)]
  }
}

/** µm per baseline pixel: as stated, else from the objective power. */
function mppOf(slide: Measured): Scale {
  if (slide.mpp) return slide.mpp
  if (slide.power) return both(mppFromPower(slide.power))
  throw new ResolutionUnknown('neither µm per pixel nor an objective power is stated')
}

/** Objective power: as stated, else the common one nearest to the pixel size. */
function powerOf(slide: Measured): number {
  if (slide.power) return slide.power
  if (slide.mpp) return powerFromMpp((slide.mpp.x + slide.mpp.y) / 2)
  throw new ResolutionUnknown('neither an objective power nor µm per pixel is stated')
}

/** Downsample of a level; between two levels in proportion (level 0.5 of 1 and 4 is 2.5). */
function downsampleAt(slide: Measured, level: number): Scale {
  if (level > slide.levels.length - 1) throw new ResolutionUnknown(`level ${level} is asked for, but there are ${slide.levels.length}`)
  const below = downsampleOf(slide, Math.floor(level))
  const above = downsampleOf(slide, Math.ceil(level))
  const f = level - Math.floor(level)
  return { x: below.x + (above.x - below.x) * f, y: below.y + (above.y - below.y) * f }
}

/**
 * OpenSlide, and so TIAToolbox, takes one number for both axes: the mean. They differ by the rounding of the level's size
 * only, or by a hair; where they differ by more, the pyramid is not square and each axis keeps its own.
 */
function downsampleOf(slide: Measured, level: number): Scale {
  const { x, y } = slide.levels[level]!.downsample
  return Math.abs(x - y) < 0.01 * x || isRounding(slide.width, x, slide.height, y) ? both((x + y) / 2) : { x, y }
}

/** Whether there is a factor that makes both sizes of the level, each to a pixel. */
function isRounding(width: number, x: number, height: number, y: number): boolean {
  const least = (whole: number, down: number) => whole / (whole / down + 1)
  const most = (whole: number, down: number) => whole / Math.max(0, whole / down - 1)
  return Math.max(least(width, x), least(height, y)) < Math.min(most(width, x), most(height, y))
}

const commonPowers = [1, 1.25, 2, 2.5, 4, 5, 10, 20, 40, 60, 90, 100]

/** The rule of thumb: 10 ÷ power µm a pixel. */
export function mppFromPower(power: number): number {
  return 10 / power
}

/** The common objective power nearest to 10 ÷ mpp. A guess: scanners with other cameras differ. */
export function powerFromMpp(mpp: number): number {
  const exact = 10 / mpp
  return commonPowers.reduce((best, p) => (Math.abs(p - exact) < Math.abs(best - exact) ? p : best))
}

/** What a pixel of the slide on a pixel of the screen is called: its power, else 10 ÷ mpp. Null where nobody knows. */
export function magnificationOf({ power, mpp }: Pick<Measured, 'power' | 'mpp'>): number | null {
  const magnification = power ?? (mpp ? 10 / mpp.x : 0)
  return magnification > 0 && Number.isFinite(magnification) ? magnification : null
}

/** The same scale in other units, where the slide says enough; `baseline` always is. */
export function convert(slide: Measured, at: Resolution): { readonly baseline: Scale; readonly mpp?: Scale; readonly power?: number } {
  const { x, y } = levelScales(slide, at)[0]!
  const mpp = slide.mpp || slide.power ? mppOf(slide) : undefined
  return {
    baseline: { x, y },
    ...(mpp === undefined ? {} : { mpp: { x: mpp.x / x, y: mpp.y / y }, power: powerOf(slide) * x }),
  }
}

const both = (v: number): Scale => ({ x: v, y: v })
/** As NumPy rounds to decimals. */
const rounded3 = (v: number) => roundHalfEven(v * 1000) / 1000
