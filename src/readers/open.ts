/** The door to pixels with the readers of tiastream itself. */

import type { Slide, SlideRef } from '../core/slide.js'
import { type OpenOptions, openWith } from './open-with.js'
import { readers } from './registry.js'

/** Opens a slide (a path will do), or throws a SlideError that says what it is and why not. Close it when done. */
export const openSlide = (which: SlideRef | string, options: OpenOptions = {}): Promise<Slide> => openWith(readers, which, options)
