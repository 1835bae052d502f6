/** From where QuPath counts pixels. It opens these slides by OpenSlide, and shows of them only what was scanned (unless it is told `--no-crop`). */

import type { SlideInfo } from './slide.js'

export interface Corner {
  readonly x: number
  readonly y: number
}

/** HALO shows of 3DHISTECH's slides what was scanned, too. */
export const haloCorner = (info: Pick<SlideInfo, 'vendor' | 'bounds'>): Corner | null =>
  info.vendor === 'mirax' ? qupathCorner(info) : null

/** In baseline pixels: the corner of what was scanned; null where that is the slide's own. Of Ventana's slides OpenSlide does not say what was scanned. */
export function qupathCorner({ vendor, bounds }: Pick<SlideInfo, 'vendor' | 'bounds'>): Corner | null {
  if (bounds === undefined || vendor === 'ventana' || (bounds.x === 0 && bounds.y === 0)) return null
  return { x: bounds.x, y: bounds.y }
}
