/** Which stages run where: neighbours of one place are one segment (operator chaining). */

import { runsInLanes } from '../../core/devices.js'
import { providedIn } from '../../core/roles.js'
import type { PlannedStage, Segment } from './plan-type.js'

/** The models that are to run on a device of its own threads, each on the first that it names. */
export const awayFromLanes = (stages: readonly PlannedStage[]): ReadonlySet<string> =>
  new Set(providedIn(stages, 'answers').flatMap(({ model, devices }) => (runsInLanes(devices[0] ?? 'cpu') ? [] : [model])))

/** Whether a model may run in the lanes after all: a device of theirs is among those it names. */
export const mayFallToLanes = (stages: readonly PlannedStage[], name: string): boolean =>
  providedIn(stages, 'answers').some(({ model, devices }) => model === name && devices.some(runsInLanes))

/**
 * On a CPU everything that touches pixels, and the models, is one lane segment: pixels never cross a thread. For models in `apart` the
 * segment is cut: they run in the thread of their sessions. Of several models those in the lanes are asked first, since pixels do not come
 * back; each only adds its answers.
 */
export function segmentsFor(stages: readonly PlannedStage[], apart: ReadonlySet<string>): readonly Segment[] {
  const segments: { where: Segment['where']; stages: PlannedStage[] }[] = []
  for (const stage of lanesFirst(stages, apart)) {
    const last = segments.at(-1)
    const where = placeOf(stage, apart, last?.where)
    if (last?.where === where) last.stages.push(stage)
    else segments.push({ where, stages: [stage] })
  }
  return segments
}

/** Models that stand in a row: those in the lanes before those on a device. */
function lanesFirst(stages: readonly PlannedStage[], apart: ReadonlySet<string>): readonly PlannedStage[] {
  const first = stages.findIndex(({ provides }) => provides.answers)
  if (first < 0) return stages
  const after = stages.slice(first).findIndex(({ provides }) => !provides.answers)
  const end = after < 0 ? stages.length : first + after
  const isAway = ({ provides: { answers } }: PlannedStage) => apart.has(answers!.model)
  const models = stages.slice(first, end)
  return [...stages.slice(0, first), ...models.filter((one) => !isAway(one)), ...models.filter(isAway), ...stages.slice(end)]
}

/** What follows a device stays in its thread. */
function placeOf(
  { placement, provides }: PlannedStage,
  apart: ReadonlySet<string>,
  before: Segment['where'] | undefined,
): Segment['where'] {
  if (placement === 'pixels') return 'lane'
  if (placement !== 'model') return 'main'
  return before === 'device' || (provides.answers && apart.has(provides.answers.model)) ? 'device' : 'lane'
}
