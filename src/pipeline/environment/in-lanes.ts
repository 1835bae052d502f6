/** What a lane has without plugins. Apart from the rest, whose descriptions a lane does not load. */

import { readers } from '../../readers/registry.js'
import { work } from '../../stages/work.js'
import type { LaneEnvironment } from './environment.js'

export const inLanes: LaneEnvironment = { work, readers }
