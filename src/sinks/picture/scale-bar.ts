/** The scale bar: a round length that fits, drawn with its name. */

import type { Scale } from '../../geometry/resolution.js'
import { drawnRect, drawnText, ink } from './svg.js'
import { textPath } from './text.js'

/** The longest of 1, 2, 5, 10 … µm that is no longer than `room` µm. */
export function roundLength(room: number): number {
  const ten = 10 ** Math.floor(Math.log10(room))
  return ([5, 2, 1].find((n) => n * ten <= room) ?? 1) * ten
}

/** `500 µm`, `2 mm`. */
export const lengthText = (um: number): string => (um >= 1000 ? `${um / 1000} mm` : `${um} µm`)

/** The bar with its label above it; the bar's top-left is (x, y). */
export async function drawnScaleBar(mpp: Scale, room: number, x: number, y: number, unit: number): Promise<string[]> {
  const um = roundLength(room * mpp.x)
  const length = um / mpp.x
  const label = await textPath(lengthText(um), 14 * unit, 400)
  return [
    drawnText(label, x, y - 8 * unit, ink),
    drawnRect(x, y, length, 4 * unit, ink),
    ...[0, length - 1.5 * unit].map((end) => drawnRect(x + end, y - 3 * unit, 1.5 * unit, 10 * unit, ink)),
  ]
}
