/** The sources there are: one line each. */

import type { AnySourceSpec } from '../core/source.js'
import patches from './patches/spec.js'
import slides from './slides/spec.js'
import tiles from './tiles/spec.js'

export const sources: Readonly<Record<string, AnySourceSpec>> = { slides, tiles, patches }
