/** Whether a picture of a series is a smaller copy of its largest one, and how many times smaller: by its shape, where it begins on the glass, and how large its pixels are. */

import { bySizes, type Factor, factorOf } from '../level-factor.js'
import { type Instance, unsupported } from './instance.js'

/** Of a shape, or a size of a pixel: writers round both. */
const ROUNDED = 0.01
/** mm: places on the glass are no more exact than that. (wsidicom takes pictures that are 0.02 mm apart for different ones.) */
const APART = 0.05

/** The factor, or why the picture is left out, in words. Throws SLIDE_UNSUPPORTED where it is of another slide, or place. */
export function factorIn(base: Instance, level: Instance, uri: string): Factor | string {
  const plain = bySizes({ base: base.size, level: level.size })
  if (level === base) return plain
  refuseOtherPlace(base, level, uri)
  const said = base.mpp && level.mpp && { x: whole(level.mpp.x / base.mpp.x), y: whole(level.mpp.y / base.mpp.y) }
  const known = { base: base.size, level: level.size, said }
  if (said !== undefined && isFilled(base, level, said)) return factorOf({ ...known, tile: level.frame })
  refuseOtherShape(base, level, uri)
  const fits = (pixels: number, from: number, factor: number) => Math.abs(from / factor - pixels) <= Math.max(1, pixels * 2 * ROUNDED)
  if (said !== undefined && fits(level.size.width, base.size.width, said.x) && fits(level.size.height, base.size.height, said.y))
    return plain
  return factorOf(known)
}

/** A whole number that was meant. */
const whole = (factor: number) => (Math.abs(factor - Math.round(factor)) <= ROUNDED * factor ? Math.round(factor) : factor)

/** Up to whole frames. */
function isFilled(base: Instance, { size, frame }: Instance, said: Factor): boolean {
  const fills = (pixels: number, from: number, factor: number, side: number) => {
    const least = from / factor
    return pixels === Math.ceil((least - 1) / side) * side || pixels === Math.ceil(least / side) * side
  }
  return fills(size.width, base.size.width, said.x, frame.width) && fills(size.height, base.size.height, said.y, frame.height)
}

/** A picture of another shape than level 0, by more than a pixel's rounding, is none of its levels. */
function refuseOtherShape({ size, uri: first }: Instance, level: Instance, uri: string): void {
  const { width, height } = level.size
  const off = Math.min(Math.abs(width - (size.width * height) / size.height), Math.abs(height - (size.height * width) / size.width))
  const ratio = (width * size.height) / (height * size.width)
  if (off <= 1 || Math.abs(ratio - 1) < ROUNDED) return
  throw unsupported(
    uri,
    `has pictures of two shapes, ${size.width} x ${size.height} (${first}) and ${width} x ${height} (${level.uri}): two slides`,
    ALONE,
  )
}

/** Levels begin at one place on the glass, but for some of their own pixels. */
function refuseOtherPlace(base: Instance, level: Instance, uri: string): void {
  const [from, to] = [base.origin, level.origin]
  if (from === undefined || to === undefined || base.mpp === undefined) return
  const { width, height } = base.size
  // Of what is shown, a hundredth; of the level, two pixels.
  const near = (mpp: number, pixels: number, smaller: number) => Math.max(APART, (mpp * pixels * Math.max(ROUNDED, 2 / smaller)) / 1000)
  const most = Math.max(near(base.mpp.x, width, level.size.width), near(base.mpp.y, height, level.size.height))
  if (Math.hypot(from.x - to.x, from.y - to.y) <= most) return
  throw unsupported(
    uri,
    `has pictures of two places on the glass, from ${from.x}, ${from.y} mm on (${base.uri}) and from ${to.x}, ${to.y} mm on (${level.uri}): two slides`,
    ALONE,
  )
}

const ALONE = 'put the files of the one that is to be read into a folder of its own'
