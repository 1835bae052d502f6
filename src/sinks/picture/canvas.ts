/** The canvas of a picture of a slide: how large it is at a resolution, and which resolution when none is asked for. */

import { PipelineError, SlideError } from '../../core/errors.js'
import { formatResolution } from '../../core/options.js'
import type { SlideInfo } from '../../core/slide.js'
import type { Size } from '../../geometry/region.js'
import { type Measured, type Resolution, ResolutionUnknown, resolveAt, type Scale } from '../../geometry/resolution.js'

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

/** A slide known from a table only has no levels; it has a baseline all the same. */
export function measured(info: SlideInfo): Measured {
  return info.levels.length > 0 ? info : { ...info, levels: [{ downsample: { x: 1, y: 1 } }] }
}

function at(info: SlideInfo, wanted: Resolution): Canvas {
  try {
    const { width, height, scale } = resolveAt(measured(info), wanted)
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
