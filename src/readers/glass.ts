/** Where the middle of the slide of glass lies in a picture of Hamamatsu's scanners. */

import type { Glass, SlideInfo } from '../core/slide.js'
import type { Size } from '../geometry/region.js'

/**
 * From how far the middle of the picture lies from that of the glass (`XOffsetFromSlideCentre`, nm) and the size of a pixel (µm). Nothing
 * where the file does not say both.
 */
export function glassOf(
  { width, height }: Size,
  [x = Number.NaN, y = Number.NaN]: readonly (number | undefined)[],
  mpp: SlideInfo['mpp'],
): { readonly glass?: Glass } {
  if (!Number.isFinite(x) || !Number.isFinite(y) || mpp === undefined) return {}
  const nm = { x: mpp.x * 1000, y: mpp.y * 1000 }
  return { glass: { x: width / 2 - x / nm.x, y: height / 2 - y / nm.y, nm } }
}
