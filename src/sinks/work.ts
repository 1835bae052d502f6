/** The sinks whose work is pixels and compression: a run opens them in a helper thread, which loads them without their descriptions. */

import type { Writable } from 'node:stream'
import type { SinkContext } from '../core/sink.js'

/** Opens a sink, as `load` of its spec does. */
export type OpenSink = (options: never, context: SinkContext) => Promise<Writable>

export const work: Readonly<Record<string, () => Promise<{ readonly default: OpenSink }>>> = {
  overlay: () => import('./overlay/sink.js'),
  map: () => import('./map/sink.js'),
  mask: () => import('./mask/sink.js'),
  samples: () => import('./samples/sink.js'),
  thumbnail: () => import('./thumbnail/sink.js'),
}
