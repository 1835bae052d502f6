/** What specs ask of the model of a plan, and of the pictures it is shown. */

import type { ModelCard } from './model.js'
import type { PlanContext } from './stage.js'

/** The card of the model that is asked about each patch; undefined when none is, or the options name none yet. */
export function askedCard(plan: PlanContext): ModelCard | undefined {
  const [answers] = plan.provided('answers')
  return answers && plan.card(answers.model)
}

/** Bytes of one patch for all inputs of that model: RGB. */
export const inputBytes = (plan: PlanContext): number =>
  (askedCard(plan)?.inputs ?? []).reduce((sum, { width, height }) => sum + width * height * 3, 0)

/** Pixels of a patch of the grid; undefined where there is none. */
export function patchPixels(plan: PlanContext): number | undefined {
  const [grid] = plan.provided('grid')
  return grid && grid.patch[0] * grid.patch[1]
}
