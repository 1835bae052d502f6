/** `resolveAt` for an opened slide: what the slide does not say becomes an error its owner can act on. */

import { type Resolution, ResolutionUnknown, type Resolved, resolveAt } from '../geometry/resolution.js'
import { SlideError } from './errors.js'
import type { SlideInfo } from './slide.js'

/** Throws SlideError `SLIDE_NO_RESOLUTION`, or `SLIDE_NO_LEVEL` for a level that is not there. */
export function resolveOn(info: SlideInfo, at: Resolution): Resolved {
  try {
    return resolveAt(info, at)
  } catch (cause) {
    if (!(cause instanceof ResolutionUnknown)) throw cause
    if (at.units === 'level') {
      throw new SlideError('SLIDE_NO_LEVEL', `${info.uri} has no level ${at.value}: it has ${info.levels.length}`, {
        hint: 'ask for a resolution in mpp, which every pyramid has',
        at: { slide: info.id },
        cause,
      })
    }
    throw new SlideError('SLIDE_NO_RESOLUTION', `${info.uri} does not say how large a pixel is`, {
      hint: 'set slides.mpp, for example mpp: 0.25, or a column mpp in the list',
      at: { slide: info.id },
      cause,
    })
  }
}
