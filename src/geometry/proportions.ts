/** Whether a picture of a slide has the slide's proportions. */

import type { Size } from './region.js'

/** Each side of a smaller picture is rounded, up, down or to the nearest: along its shorter side that makes two pixels at most. */
const most = 2

export function fitsProportions({ width, height }: Size, slide: Size): boolean {
  const down = Math.abs(height - (width * slide.height) / slide.width)
  const across = Math.abs(width - (height * slide.width) / slide.height)
  return Math.min(down, across) <= most
}

export const turned = ({ width, height }: Size): Size => ({ width: height, height: width })
