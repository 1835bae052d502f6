/** Where a picture lies in its frame of reference, where it says all of it. */

import type { Reference } from '../../core/slide.js'
import type { Size } from '../../geometry/region.js'
import type { Attributes } from './attributes.js'
import { mppOf, originOf } from './instance.js'
import { tags } from './tags.js'

/** Of a direction, whose length should be 1: writers round. */
const ROUNDED = 0.01

export function referenceOf(set: Attributes, size: Size): Reference | undefined {
  const [origin, mpp, uid] = [originOf(set), mppOf(set, size), set.text(tags.FrameOfReferenceUID)]
  // The direction of a row, and then that of a column, each in x, y and z.
  const [ax, ay, , dx, dy] = set.decimals(tags.ImageOrientationSlide)
  if (origin === undefined || mpp === undefined || ax === undefined || ay === undefined || dx === undefined || dy === undefined)
    return undefined
  const isSound = [Math.hypot(ax, ay), Math.hypot(dx, dy), 1 + ax * dx + ay * dy].every((one) => Math.abs(one - 1) < ROUNDED)
  if (!isSound) return undefined
  // A file may say -0, which servers that say it in JSON hand on as 0.
  const along = (x: number, y: number, um: number) => ({ x: (x * um) / 1000 + 0, y: (y * um) / 1000 + 0 })
  return {
    origin: { x: origin.x + 0, y: origin.y + 0 },
    across: along(ax, ay, mpp.x),
    down: along(dx, dy, mpp.y),
    ...(uid === undefined ? {} : { uid }),
  }
}
