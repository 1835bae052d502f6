/** What plugins add to a lane, each part behind its guard. */

import type { LaneEnvironment } from './environment.js'
import { guardedReader } from './guard/reader.js'
import { guardedWork } from './guard/stage.js'
import type { Plugin } from './plugin.js'

export { importPlugin } from './modules/import.js'

/** With what plugins add. Theirs are asked first what they read: they may know a format better, or one that is refused. */
export const laneWith = (environment: LaneEnvironment, plugins: readonly Plugin[]): LaneEnvironment => ({
  work: Object.assign(
    { ...environment.work },
    ...plugins.map(({ name, stages = [] }) => Object.fromEntries(stages.map((stage) => [stage.name, guardedWork(stage, name)]))),
  ),
  readers: [...plugins.flatMap(({ name, readers = [] }) => readers.map((reader) => guardedReader(reader, name))), ...environment.readers],
})
