/** Where a segmentation lies over its slide, both in their frame of reference. Pure. */

import type { Reference } from '../../core/slide.js'
import type { Region, Size } from '../../geometry/region.js'

/** Of a whole number that was meant. */
const ROUNDED = 0.01

/** Sizes of pixels are rounded, and levels filled up. */
const APART = 0.05

export interface SlidePlace extends Size {
  readonly reference?: Reference
}

/** A picture of the whole slide, in pixels of the segmentation, and where that lies in it. */
export interface Grid extends Size {
  readonly at: Region
}

/** Where one of the two does not say its place, the one is stretched over the other, as pictures are. Throws RangeError where it is turned. */
export function gridOver(slide: SlidePlace, size: Size, reference: Reference | undefined): Grid {
  const whole = { ...size, at: { x: 0, y: 0, ...size } }
  const base = slide.reference
  if (base === undefined || reference === undefined) return whole
  const across = along(reference.across, base.across)
  const down = along(reference.down, base.down)
  if (!(isStraight(reference.across, base.across) && isStraight(reference.down, base.down)))
    throw new RangeError('it is turned or mirrored against the slide (ImageOrientationSlide): write it as the slide lies')
  const scale = { x: meant(across), y: meant(down) }
  const apart = { x: reference.origin.x - base.origin.x, y: reference.origin.y - base.origin.y }
  const x = cornerOf(along(apart, base.across), scale.x)
  const y = cornerOf(along(apart, base.down), scale.y)
  const side = (pixels: number, times: number) => Math.max(1, Math.round(pixels / times))
  const all = { width: side(slide.width, scale.x), height: side(slide.height, scale.y) }
  // One that is as large as the slide is all of it: old highdicom gives it an origin that is a pixel off.
  const isWhole = [all.width - size.width, all.height - size.height, x, y].every((pixels) => Math.abs(pixels) <= 1)
  return { ...all, at: isWhole ? whole.at : { x, y, ...size } }
}

/** What a segmentation shows that says how large it is, of a slide that says no more than that; undefined where that is all of it. */
export function isOfAnotherSize(
  slide: SlidePlace & { readonly mpp?: { readonly x: number; readonly y: number } },
  size: Size,
  reference: Reference | undefined,
): string | undefined {
  if (slide.reference !== undefined || slide.mpp === undefined || reference === undefined) return undefined
  const length = ({ x, y }: Vector) => Math.hypot(x, y) * 1000
  const own = [size.width * length(reference.across), size.height * length(reference.down)] as const
  const all = [slide.width * slide.mpp.x, slide.height * slide.mpp.y] as const
  const isAll = own.every((side, i) => Math.abs(side / all[i]! - 1) <= APART)
  return isAll ? undefined : `${own.map(Math.round).join(' x ')} µm of a slide of ${all.map(Math.round).join(' x ')}`
}

interface Vector {
  readonly x: number
  readonly y: number
}

/** How many times `unit` it reaches in the direction of that. */
export const along = (to: Vector, unit: Vector): number => (to.x * unit.x + to.y * unit.y) / (unit.x ** 2 + unit.y ** 2)

function isStraight(one: Vector, other: Vector): boolean {
  const cosine = (one.x * other.x + one.y * other.y) / (Math.hypot(one.x, one.y) * Math.hypot(other.x, other.y))
  return cosine > 1 - ROUNDED
}

const meant = (scale: number): number => (scale >= 1 && Math.abs(scale - Math.round(scale)) <= ROUNDED * scale ? Math.round(scale) : scale)

/**
 * From the middle of one first pixel to that of the other, in pixels of the slide, to the first corner, in pixels of the segmentation. Writers give
 * smaller pictures the origin of the largest, though the middle of their first pixel lies elsewhere.
 */
function cornerOf(apart: number, scale: number): number {
  const corner = Math.abs(apart) <= scale / 2 ? 0 : (apart + 0.5 - scale / 2) / scale
  return Math.round(corner) + 0
}
