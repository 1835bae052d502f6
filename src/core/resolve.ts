/** `resolveAt` for an opened slide: what the slide does not say becomes an error its owner can act on. */

import { type Resolution, ResolutionUnknown, type Resolved, resolveAt } from '../geometry/resolution.js'
import { SlideError } from './errors.js'
import type { SlideInfo } from './slide.js'

/** Throws SlideError `SLIDE_NO_RESOLUTION` (none, or one that makes no size), or `SLIDE_NO_LEVEL` for a level that is not there. */
export function resolveOn(info: SlideInfo, at: Resolution): Resolved {
  try {
    return sound(resolveAt(info, at), info, at)
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
      hint: howToSay,
      at: { slide: info.id },
      cause,
    })
  }
}

/** Of `slides` and of `tiles`. */
export const howToSay = 'set mpp beside the glob or the list, for example mpp: 0.25, or a column mpp in the list'

/** What a slide says of its pixels may be anything: infinite, or so small that the slide vanishes or has no end. */
export function sound<T extends Resolved>(resolved: T, info: SlideInfo, at: Resolution): T {
  const { width, height, scale } = resolved
  const numbers = [width, height, scale.x, scale.y]
  if (numbers.every((n) => Number.isSafeInteger(Math.round(n))) && scale.x > 0 && scale.y > 0) return resolved
  const says = info.mpp ? `, for its pixels are said to be ${info.mpp.x} x ${info.mpp.y} µm (${info.mppSource ?? 'unknown'})` : ''
  throw new SlideError('SLIDE_NO_RESOLUTION', `${info.uri} would be ${width} x ${height} pixels at ${at.value} ${at.units}${says}`, {
    hint: howToSay,
    at: { slide: info.id },
  })
}
