/** The card against the grid: a patch must be as large as the model's input; another resolution is a warning. */

import { formatResolution } from '../core/options.js'
import type { AnyStageSpec, PlanContext } from '../core/stage.js'
import type { Resolution } from '../geometry/resolution.js'
import type { Draft } from './check-shape.js'
import { nodeAt } from './document.js'
import type { PlannedStage } from './plan-type.js'
import type { ProblemList } from './problems.js'

/** Warnings. */
export function checkFit(
  drafts: readonly Draft<AnyStageSpec>[],
  stages: readonly PlannedStage[],
  { card }: PlanContext,
  problems: ProblemList,
): readonly string[] {
  const name = stages.find(({ placement }) => placement === 'model')?.options.model
  const grid = stages.findIndex((stage) => stage.name === 'grid')
  if (typeof name !== 'string' || grid === -1) return []
  const input = card(name).inputs[0]
  const { size, at } = stages[grid]!.options as { size?: readonly [number, number]; at?: Resolution }
  const draft = drafts[grid]!
  if (input && size && (size[0] !== input.width || size[1] !== input.height)) {
    const place = draft.node ? nodeAt(draft.node, ['size']).at : draft.at
    const message = `is ${size.join(' × ')} px, and the model '${name}' takes ${input.width} × ${input.height} px`
    problems.add('SHAPE_MISMATCH', place, `${draft.where}.size`, message)
  }
  if (!input?.at || !at || input.at.units !== at.units || input.at.value === at.value) return []
  return [`${draft.where}.at is ${formatResolution(at)}, and the model '${name}' was trained at ${formatResolution(input.at)}`]
}
