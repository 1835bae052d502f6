/** From where QuPath counts pixels. It opens these slides by OpenSlide, and shows of them only what was scanned (unless it is told `--no-crop`). */

import type { SlideInfo } from './slide.js'

export interface Corner {
  readonly x: number
  readonly y: number
}

/**
 * In baseline pixels: the corner of what was scanned, where that is neither as wide nor as high as the slide; null where QuPath counts from the slide's own.
 * Of Ventana's slides OpenSlide does not say what was scanned.
 */
export function qupathCorner({ vendor, width, height, bounds }: Pick<SlideInfo, 'vendor' | 'width' | 'height' | 'bounds'>): Corner | null {
  if (bounds === undefined || vendor === 'ventana' || bounds.width === width || bounds.height === height) return null
  return { x: bounds.x, y: bounds.y }
}
