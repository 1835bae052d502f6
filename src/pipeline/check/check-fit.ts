/** The grid against the card: a patch must be as large as the model's input; another resolution is allowed, and a warning. */

import type { ModelInput } from '../../core/model.js'
import { formatResolution } from '../../core/options.js'
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
  const model = stages.find(({ placement }) => placement === 'model')?.options.model
  const index = stages.findIndex(({ name }) => name === 'grid')
  const draft = drafts[index]
  if (typeof model !== 'string' || !draft) return []
  const [input, ...others] = card(model).inputs
  const { size, at } = stages[index]!.options as { size?: readonly [number, number]; at?: Resolution }
  // Several heads are cut by `extract`, each as it wants.
  if (input && others.length === 0 && size && (size[0] !== input.width || size[1] !== input.height)) {
    const place = draft.node ? nodeAt(draft.node, ['size']).at : draft.at
    const message = `is ${size.join(' × ')} px, and the model '${model}' takes ${input.width} × ${input.height} px`
    problems.add('SHAPE_MISMATCH', place, `${draft.where}.size`, message)
  }
  if (!input?.at || !at || isSame(input.at, at)) return []
  return [`the grid is at ${formatResolution(at)}, and the model '${model}' was trained at ${formatResolution(input.at)}`]
}

/** Units that cannot be compared without the slide are taken to be meant. */
const isSame = (a: NonNullable<ModelInput['at']>, b: Resolution) => a.units !== b.units || a.value === b.value
