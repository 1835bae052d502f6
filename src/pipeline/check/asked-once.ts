/** Each model is asked once, and no two of them have one name: their columns would be the same. */

import { askedModels, twiceAsked } from '../../core/columns/asked.js'
import type { AnyStageSpec, PlanContext } from '../../core/stage.js'
import type { ProblemList } from '../document/problems.js'
import { nodeAt } from '../document/yaml-node.js'
import type { PlannedStage } from '../plan/plan-type.js'
import type { Draft } from './check-shape.js'

/** False with a problem. `stages` are the drafts filled in, one for one. */
export function mustBeAskedOnce(
  drafts: readonly Draft<AnyStageSpec>[],
  stages: readonly PlannedStage[],
  context: PlanContext,
  problems: ProblemList,
): boolean {
  const twice = twiceAsked(askedModels(context))
  if (!twice) return true
  const asking = drafts.filter((_, i) => stages[i]!.provides.answers)
  const [draft, before] = [asking[twice.at]!, asking[twice.before]!]
  const { model, as } = stages[drafts.indexOf(draft)]!.provides.answers!
  const option = twice.same === 'name' && as !== undefined ? 'as' : 'model'
  const message =
    twice.same === 'model'
      ? `is '${model}', which ${before.where} asks already: leave one of the two out`
      : `is '${as ?? model}', the name that the columns of ${before.where} begin with: give one of the two another with as:`
  problems.add('MODEL_TWICE', draft.node ? nodeAt(draft.node, [option]).at : draft.at, `${draft.where}.${option}`, message)
  return false
}
