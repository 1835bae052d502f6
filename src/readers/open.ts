/** The door to pixels with the readers of tiastream itself. */

import { above0, aFlag, anObject, aSignal, aSize, isObject, type Kind, mustBeOptions, onlyGiven, pathGiven } from '../core/argument.js'
import type { GivenSlide, Slide, SlideRef } from '../core/slide.js'
import { defaultLimits } from './limits.js'
import { type OpenOptions, openWith, refOf } from './open-with.js'
import { readers } from './registry.js'

const optionKinds = {
  cacheBytes: aSize,
  limits: anObject,
  signal: aSignal,
  identity: anObject,
  again: aFlag,
  known: anObject,
  share: aFlag,
} satisfies Record<keyof OpenOptions, Kind>

const limitKinds: Readonly<Record<string, Kind>> = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, above0]))

/** Opens a slide (a path will do), or throws a SlideError that says what it is and why not. Close it when done. */
export async function openSlide(which: SlideRef | GivenSlide, options: OpenOptions = {}): Promise<Slide> {
  mustBeOptions('openSlide', options, optionKinds)
  if (options.limits) mustBeOptions('openSlide: limits', options.limits, limitKinds)
  const given = onlyGiven(options)
  if (typeof which === 'string') return openWith(readers, which, given)
  if (isObject(which) && !(which instanceof URL) && typeof which.uri === 'string')
    return openWith(readers, { ...refOf(which.uri), ...onlyGiven(which) }, given)
  return openWith(readers, pathGiven('openSlide', which, 'a path, or a ref with a uri'), given)
}
