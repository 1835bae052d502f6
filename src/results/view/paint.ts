/**
 * A tile of the prediction layer: the surest shown patch at each pixel in the colour of its class (in a heat map the one most
 * probable of the chosen class, in the colour of that probability), with a fine edge when large enough.
 */

import type { Region, Size } from '../../geometry/region.js'
import { type Rgb, rgbOf, viridis } from '../../sinks/picture/colors.js'
import { noAnswerColor, noClass, noClassColor } from '../given.js'
import type { Choice, Marks } from './marks.js'

/** Patches at least so many pixels wide get an edge. */
const edgeFrom = 12

/** RGBA of a region of the slide; null when nothing is to be seen there. Pauses with the work done: a table may lay each patch over the whole slide. */
export function* paint(
  marks: Marks,
  region: Region,
  { width, height }: Size,
  choice: Choice,
): Generator<number, (Size & { readonly data: Uint8Array }) | null> {
  const colors = marks.classes.map(({ color }) => rgbOf(color))
  const [other, unanswered] = [rgbOf(noClassColor), rgbOf(noAnswerColor)]
  const { heat } = choice
  const colorOf = (i: number): Rgb => {
    if (heat) return viridis(heat[i]!)
    const prediction = marks.predictionOf(i)
    return prediction === noClass ? other : (colors[prediction] ?? unanswered)
  }
  const [sx, sy] = [width / region.width, height / region.height]
  const data = new Uint8Array(width * height * 4)
  const sure = new Float32Array(width * height).fill(-1)
  let isEmpty = true
  for (const i of marks.near(region)) {
    if (!marks.isShown(i, choice)) continue
    const box = marks.boxOf(i)
    // At least a pixel: at a glance over the whole slide no patch vanishes.
    const x0 = Math.round((box.x - region.x) * sx)
    const y0 = Math.round((box.y - region.y) * sy)
    const x1 = Math.max(x0 + 1, Math.round((box.x + box.width - region.x) * sx))
    const y1 = Math.max(y0 + 1, Math.round((box.y + box.height - region.y) * sy))
    const [red, green, blue] = colorOf(i)
    const strength = marks.strengthOf(i, choice)
    const hasEdge = x1 - x0 >= edgeFrom
    const [left, top, right, bottom] = [Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1)]
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const p = y * width + x
        if (strength <= sure[p]!) continue
        sure[p] = strength
        isEmpty = false
        const isEdge = hasEdge && (x === x0 || y === y0)
        data[p * 4] = isEdge ? red * 0.7 : red
        data[p * 4 + 1] = isEdge ? green * 0.7 : green
        data[p * 4 + 2] = isEdge ? blue * 0.7 : blue
        data[p * 4 + 3] = 255
      }
    }
    yield Math.max(1, (right - left) * (bottom - top))
  }
  return isEmpty ? null : { width, height, data }
}
