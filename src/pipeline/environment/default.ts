/** The environment without plugins: what tiastream brings. With `in-lanes.ts` the one place of the pipeline that knows the registries. */

import { sinks } from '../../sinks/registry.js'
import { sources } from '../../sources/registry.js'
import { stages } from '../../stages/registry.js'
import { type Environment, environmentOf } from './environment.js'
import { inLanes } from './in-lanes.js'

/** Every source, stage, sink and reader of tiastream itself. */
export const defaultEnvironment: Environment = environmentOf({ sources, stages, sinks, plugins: [], ...inLanes })
