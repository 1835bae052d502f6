/** Whether a list of places can be that of a slide: its numbers say little of what they mean. */

import type { SlideInfo } from '../../core/slide.js'
import type { Places } from '../../geometry/placed.js'
import type { Region, Size } from '../../geometry/region.js'
import { fourDigits } from '../../geometry/round.js'
import { isNameOf } from '../slide-names.js'

/** Of a size, what rounding at another level makes. */
const near = (a: number, b: number) => Math.abs(a - b) <= Math.max(1.5, 0.01 * b)

const sizeOf = ({ width, height }: Size) => `${fourDigits(width)} x ${fourDigits(height)}`

/** How far beyond the edge the last patches of a grid may begin, ours too: the slide's size is rounded to pixels of a level, and to those of the grid. */
const beyond = ({ levels }: SlideInfo, axis: 'x' | 'y') => Math.max(1, ...levels.map(({ downsample }) => downsample[axis] / 2))

/** More pixels than a slide is high: of a place it makes one number, exact to a thirtieth of a pixel. */
const tallest = 2 ** 27

/** `patch`: its size in baseline pixels. Answers what a person should know. Throws RangeError where the list is of another slide. */
export function mustFit({ x, y, size, slide, of: said, level, whole }: Places, patch: Size, info: SlideInfo): readonly string[] {
  const { width, height, bounds } = info
  if (slide !== undefined && !(slide.width === width && slide.height === height))
    throw new RangeError(`they are of a slide of ${slide.width} x ${slide.height}, and this one has ${width} x ${height}`)
  const all = { x: 0, y: 0, width: width + beyond(info, 'x'), height: height + beyond(info, 'y') }
  const isOutside = (i: number, of: Region) =>
    x[i]! >= of.x + of.width || y[i]! >= of.y + of.height || x[i]! + patch.width <= of.x || y[i]! + patch.height <= of.y
  let [outside, unscanned, right, bottom] = [0, 0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    if (isOutside(i, all)) outside++
    if (bounds !== undefined && isOutside(i, bounds)) unscanned++
    right = Math.max(right, x[i]!)
    bottom = Math.max(bottom, y[i]!)
  }
  if (outside > 0)
    throw new RangeError(`${outside} of ${x.length} lie outside of the slide of ${width} x ${height}: they are corners in baseline pixels`)
  const again = x.length - new Set(x.map((left, i) => left * tallest + y[i]!)).size
  const isSmall = x.length > 1 && right <= width / 8 && bottom <= height / 8
  return [
    ...(unscanned > x.length / 2 && right <= bounds!.width && bottom <= bounds!.height
      ? [
          `${unscanned} of ${x.length} lie outside of what was scanned (from ${bounds!.x}, ${bounds!.y} on), as they would if they counted from its corner: places count from that of the slide`,
        ]
      : []),
    ...(again > 0 ? [`${again} of ${x.length} are there before, as outlines that overlap make them: each is a row of its own`] : []),
    ...(level !== undefined && !isSmall ? [`they say that they are of level ${level}: they are taken for corners in baseline pixels`] : []),
    ...(said !== undefined && !isNameOf(said, info) ? [`they say that they are of the slide '${said}'`] : []),
    ...(whole !== undefined && !(near(whole.width, width) && near(whole.height, height))
      ? [`they are of a slide of ${sizeOf(whole)}, and this one has ${width} x ${height}`]
      : []),
    ...(isSmall ? ['all lie in the upper left eighth of the slide, as they would if they were in pixels of a level'] : []),
    ...(size !== undefined && !(near(size.width, patch.width) && near(size.height, patch.height))
      ? [`their patches are of ${sizeOf(size)} baseline pixels, and the pipeline's of ${sizeOf(patch)}, from the same corners`]
      : []),
  ]
}
