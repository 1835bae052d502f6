/** What a helper has: what a lane has, and the sinks that draw. Without plugins. */

import { type OpenSink, work } from '../../sinks/work.js'
import type { LaneEnvironment } from './environment.js'
import { inLanes } from './in-lanes.js'

interface HelperEnvironment extends LaneEnvironment {
  readonly sinks: Readonly<Record<string, () => Promise<{ readonly default: OpenSink }>>>
}

export const inHelpers: HelperEnvironment = { ...inLanes, sinks: work }
