/** The door to pixels with the readers of tiastream itself. */

import {
  above0,
  aFlag,
  anObject,
  aSignal,
  aSize,
  isObject,
  type Kind,
  mustBeOptions,
  onlyGiven,
  pathGiven,
  shown,
} from '../core/argument.js'
import { PipelineError } from '../core/errors.js'
import type { GivenSlide, Slide, SlideKind, SlideRef } from '../core/slide.js'
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

const kinds: readonly unknown[] = ['slide', 'tile', 'set'] satisfies readonly SlideKind[]

const limitKinds: Readonly<Record<string, Kind>> = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, above0]))

/** Opens a slide (a path will do), or throws a SlideError that says what it is and why not. Close it when done. */
export async function openSlide(which: SlideRef | GivenSlide, options: OpenOptions = {}): Promise<Slide> {
  mustBeOptions('openSlide', options, optionKinds)
  if (options.limits) mustBeOptions('openSlide: limits', options.limits, limitKinds)
  const given = onlyGiven(options)
  if (typeof which === 'string') return openWith(readers, which, given)
  if (isObject(which) && !(which instanceof URL) && typeof which.uri === 'string') {
    const ref = { ...refOf(which.uri), ...onlyGiven(which) }
    // Of another kind it would be a plain picture, of which nobody knows how large a pixel is.
    if (!kinds.includes(ref.kind))
      throw new PipelineError('OPTION_INVALID', `openSlide: kind is ${shown(ref.kind)}`, { hint: `it is one of ${kinds.join(', ')}` })
    return openWith(readers, ref, given)
  }
  return openWith(readers, pathGiven('openSlide', which, 'a path, or a ref with a uri'), given)
}
