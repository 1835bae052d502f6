/** What a lane has without plugins. Apart from the rest, whose descriptions a lane does not load. */

import { readers } from '../../readers/registry.js'
import { work } from '../../stages/work.js'
import type { LaneEnvironment } from './environment.js'
import type { Plugin } from './plugin.js'

export const inLanes: LaneEnvironment = { work, readers }

/** By the addresses of the modules of plugins, which were checked when the plan was made. Without any, nothing of plugins is loaded. */
export async function laneEnvironment(modules: readonly string[]): Promise<LaneEnvironment> {
  if (modules.length === 0) return inLanes
  const { importPlugin, laneWith } = await import('./lane-plugins.js')
  return laneWith(inLanes, (await Promise.all(modules.map((module) => importPlugin(module)))) as Plugin[])
}
