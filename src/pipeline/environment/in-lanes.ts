/** What a lane has without plugins. Apart from the rest, whose descriptions a lane does not load. */

import { readers } from '../../readers/registry.js'
import { work } from '../../stages/work.js'
import type { LaneEnvironment } from './environment.js'
import { guardedReader } from './guard/reader.js'
import { guardedWork } from './guard/stage.js'
import { importPlugin } from './modules/import.js'
import type { Plugin } from './plugin.js'

export const inLanes: LaneEnvironment = { work, readers }

/** With what plugins add. Theirs are asked first what they read: they may know a format better, or one that is refused. */
export const laneWith = (environment: LaneEnvironment, plugins: readonly Plugin[]): LaneEnvironment => ({
  work: Object.assign(
    { ...environment.work },
    ...plugins.map(({ name, stages = [] }) => Object.fromEntries(stages.map((stage) => [stage.name, guardedWork(stage, name)]))),
  ),
  readers: [...plugins.flatMap(({ name, readers = [] }) => readers.map((reader) => guardedReader(reader, name))), ...environment.readers],
})

/** What a lane has whose pipeline has plugins, by the addresses of their modules. They were checked when the plan was made. */
export async function laneEnvironment(modules: readonly string[]): Promise<LaneEnvironment> {
  return laneWith(inLanes, (await Promise.all(modules.map((module) => importPlugin(module)))) as Plugin[])
}
