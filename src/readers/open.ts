/** The door to pixels with the readers of tiastream itself. */

import { aFlag, anObject, aSignal, aSize, isObject, type Kind, mustBeOptions, pathGiven } from '../core/argument.js'
import type { Slide, SlideRef } from '../core/slide.js'
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

/** Opens a slide (a path will do), or throws a SlideError that says what it is and why not. Close it when done. */
export async function openSlide(which: SlideRef | string | URL, options: OpenOptions = {}): Promise<Slide> {
  mustBeOptions('openSlide', options, optionKinds)
  if (typeof which === 'string') return openWith(readers, which, options)
  if (isObject(which) && !(which instanceof URL) && typeof which.uri === 'string')
    // In JavaScript a ref may say no more than where the slide is.
    return openWith(readers, { ...refOf(which.uri), ...which }, options)
  return openWith(readers, pathGiven('openSlide', which, 'a path, or a ref with a uri'), options)
}
