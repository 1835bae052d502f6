/** What specs ask of the model of a plan. */

import type { ModelCard } from './model.js'
import type { PlanContext } from './stage.js'

/** The card of the model that `infer` asks; undefined when there is no such stage, or its options name no model. */
export function inferCard(plan: PlanContext): ModelCard | undefined {
  const model = plan.options('infer')?.model
  return typeof model === 'string' ? plan.card(model) : undefined
}

/** Bytes of one patch for all inputs of that model: RGB. */
export const inputBytes = (plan: PlanContext): number =>
  (inferCard(plan)?.inputs ?? []).reduce((sum, { width, height }) => sum + width * height * 3, 0)
