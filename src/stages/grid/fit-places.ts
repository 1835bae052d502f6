/** Whether a list of places can be that of a slide: its numbers say little of what they mean. */

import path from 'node:path'
import { nameIn } from '../../core/address.js'
import type { SlideInfo } from '../../core/slide.js'
import type { Places } from '../../geometry/placed.js'
import type { Size } from '../../geometry/region.js'
import { fourDigits } from '../../geometry/round.js'

/** Of a size, what rounding at another level makes. */
const near = (a: number, b: number) => Math.abs(a - b) <= Math.max(1.5, 0.01 * b)

const sizeOf = ({ width, height }: Size) => `${fourDigits(width)} x ${fourDigits(height)}`

/** `said`, as other programs shorten it: with or without its folder and ending. */
function isNameOf(said: string, { id, uri }: Pick<SlideInfo, 'id' | 'uri'>): boolean {
  const [bare, file] = [nameIn(said), nameIn(uri)]
  const without = bare.slice(0, bare.length - path.extname(bare).length)
  return [bare, without].some((name) => name === id || name === file || file.startsWith(`${name}.`) || id.startsWith(`${name}.`))
}

/** `patch`: its size in baseline pixels. Answers what a person should know. Throws RangeError where the list is of another slide. */
export function mustFit({ x, y, size, slide, of: said }: Places, patch: Size, info: SlideInfo): readonly string[] {
  const { width, height } = info
  if (slide !== undefined && !(slide.width === width && slide.height === height))
    throw new RangeError(`they are of a slide of ${slide.width} x ${slide.height}, and this one has ${width} x ${height}`)
  let [outside, right, bottom] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    if (x[i]! >= width || y[i]! >= height || x[i]! + patch.width <= 0 || y[i]! + patch.height <= 0) outside++
    right = Math.max(right, x[i]!)
    bottom = Math.max(bottom, y[i]!)
  }
  if (outside > 0)
    throw new RangeError(`${outside} of ${x.length} lie outside of the slide of ${width} x ${height}: they are corners in baseline pixels`)
  const isSmall = x.length > 1 && right <= width / 8 && bottom <= height / 8
  return [
    ...(said !== undefined && !isNameOf(said, info) ? [`they say that they are of the slide '${said}'`] : []),
    ...(isSmall ? ['all lie in the upper left eighth of the slide, as they would if they were in pixels of a level'] : []),
    ...(size !== undefined && !(near(size.width, patch.width) && near(size.height, patch.height))
      ? [`their patches are of ${sizeOf(size)} baseline pixels, and the pipeline's of ${sizeOf(patch)}, from the same corners`]
      : []),
  ]
}
