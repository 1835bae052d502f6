/** The canvas of a picture of a slide: how large it is at a resolution, and which resolution when none is asked for. */

import { PipelineError, SinkError, SlideError } from '../../core/errors.js'
import { sound } from '../../core/resolve.js'
import type { SlideInfo } from '../../core/slide.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import type { Size } from '../../geometry/region.js'
import { measured, type Resolution, ResolutionUnknown, resolveAt, type Scale } from '../../geometry/resolution.js'

export interface Canvas extends Size {
  readonly at: Resolution
  /** Canvas pixels per baseline pixel. */
  readonly scale: Scale
  /** µm per canvas pixel, where the slide says. */
  readonly mpp?: Scale
}

/** The canvas at a resolution; without one 4 µm a pixel, or where nobody knows the pixel size, at most 8192 pixels a side. */
export function canvasOf(info: SlideInfo, wanted: Resolution | undefined): Canvas {
  if (info.kind === 'set') {
    throw new PipelineError('PICTURE_OF_SET', `${info.id} is a set of patches and has no picture as a whole`, {
      hint: 'maps, overlays and thumbnails are for slides: and tiles:',
    })
  }
  if (wanted) return at(info, wanted)
  if (info.mpp || info.power) return at(info, { value: 4, units: 'mpp' })
  let value = 1
  while (Math.max(info.width, info.height) * value > 8192) value /= 2
  return at(info, { value, units: 'baseline' })
}

/** The canvas whose longer side has so many pixels. */
export function canvasOfLongest(info: SlideInfo, longest: number): Canvas {
  return canvasOf(info, { value: longest / Math.max(info.width, info.height), units: 'baseline' })
}

function at(info: SlideInfo, wanted: Resolution): Canvas {
  try {
    const { width, height, scale } = sound(resolveAt(measured(info), wanted), info, wanted)
    refuseAbsurd(info, wanted, { width, height }, scale)
    const mpp = info.mpp ? { mpp: { x: info.mpp.x / scale.x, y: info.mpp.y / scale.y } } : {}
    return { at: wanted, width: Math.max(1, width), height: Math.max(1, height), scale, ...mpp }
  } catch (error) {
    if (!(error instanceof ResolutionUnknown)) throw error
    throw new SlideError('SLIDE_NO_RESOLUTION', `${info.uri} cannot be drawn at ${formatResolution(wanted)}: ${error.message}`, {
      hint: 'give at: in baseline, for example 0.1 baseline, or the resolution of the slide in the list of slides',
      at: { slide: info.id },
      cause: error,
    })
  }
}

/** Sides and pixels of a canvas: a slide of 2 million pixels a side shrunk to a quarter, or one of 260,000 at its own resolution. */
const longest = 2 ** 21
const mostPixels = 2 ** 36
/** A picture beyond this size is not made by enlarging each pixel of the slide more often than that a side: nobody wants it, and it takes hours. */
const largeEnough = 2 ** 26
const mostTimes = 16

/** Said when the slide is begun, not when the disk is full of it. */
function refuseAbsurd(info: SlideInfo, wanted: Resolution, { width, height }: Size, scale: Scale): void {
  const pixels = width * height
  const blown = Math.max(scale.x, scale.y) > mostTimes && pixels > largeEnough
  if (Math.max(width, height) <= longest && pixels <= mostPixels && !blown) return
  const facts = blown
    ? `${Math.round(Math.max(scale.x, scale.y))} times as wide as the slide`
    : `more than ${longest} a side or 2^36 in all`
  throw new SinkError(
    'PICTURE_TOO_LARGE',
    `${info.uri} would be drawn with ${width} x ${height} pixels at ${formatResolution(wanted)}, ${facts}`,
    {
      hint: 'ask for a coarser resolution with at:; when the slide is wrong about its pixels, give mpp beside the glob or the list, or a column mpp in the list',
      at: { slide: info.id },
    },
  )
}
