/** The grid against the card: a patch must be as large as the model's input; another resolution is allowed, and a warning. */

import type { ModelInput } from '../../core/model.js'
import { formatResolution } from '../../core/options.js'
import { providedIn } from '../../core/roles.js'
import type { AnyStageSpec, PlanContext } from '../../core/stage.js'
import type { Resolution } from '../../geometry/resolution.js'
import { nodeAt } from '../document/document.js'
import type { ProblemList } from '../document/problems.js'
import type { PlannedStage } from '../plan/plan-type.js'
import type { Draft } from './check-shape.js'

/** Answers the warnings. */
export function checkFit(
  drafts: readonly Draft<AnyStageSpec>[],
  stages: readonly PlannedStage[],
  { card }: PlanContext,
  problems: ProblemList,
): readonly string[] {
  const [answers] = providedIn(stages, 'answers')
  const index = stages.findIndex(({ provides }) => provides.grid)
  const draft = drafts[index]
  if (!answers || !draft) return []
  const { model } = answers
  const [input, ...others] = card(model).inputs
  const { patch, at } = stages[index]!.provides.grid!
  // Several heads are cut by `extract`, each as it wants.
  if (input && others.length === 0 && (patch[0] !== input.width || patch[1] !== input.height)) {
    const place = draft.node ? nodeAt(draft.node, ['size']).at : draft.at
    const message = `is ${patch.join(' × ')} px, and the model '${model}' takes ${input.width} × ${input.height} px`
    problems.add('SHAPE_MISMATCH', place, `${draft.where}.size`, message)
  }
  if (!input?.at || isSame(input.at, at)) return []
  return [`the grid is at ${formatResolution(at)}, and the model '${model}' was trained at ${formatResolution(input.at)}`]
}

/** Units that cannot be compared without the slide are taken to be meant. */
const isSame = (a: NonNullable<ModelInput['at']>, b: Resolution) => a.units !== b.units || a.value === b.value
