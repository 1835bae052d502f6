/** What a helper has: what a lane has, and the sinks that draw, which are those of tiastream itself. */

import { type OpenSink, work } from '../../sinks/work.js'
import type { LaneEnvironment } from './environment.js'
import { laneEnvironment } from './in-lanes.js'

interface HelperEnvironment extends LaneEnvironment {
  readonly sinks: Readonly<Record<string, () => Promise<{ readonly default: OpenSink }>>>
}

/** Whether the sink of this name draws. */
export const draws = (name: string): boolean => Object.hasOwn(work, name)

/** By the addresses of the modules of plugins. */
export const helperEnvironment = async (modules: readonly string[]): Promise<HelperEnvironment> => ({
  ...(await laneEnvironment(modules)),
  sinks: work,
})
