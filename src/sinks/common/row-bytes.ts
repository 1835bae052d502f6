/** About how many bytes one row takes in memory, for the memory sum. */

import { askedCard } from '../../core/plan-model.js'
import type { PlanContext } from '../../core/stage.js'

/** A number, a boolean, a reference or a shared string, with its property. */
const perValue = 24
/** Address, place, status and prediction: the columns every table has. */
const commonColumns = 20

export function rowBytes(plan: PlanContext): number {
  let bytes = commonColumns * perValue
  for (const output of askedCard(plan)?.outputs ?? [])
    bytes += output.kind === 'features' ? output.width * 4 + 100 : output.width * perValue
  return bytes
}

/** Numbers of one row that lie in vectors. */
export const featureWidth = (plan: PlanContext): number =>
  (askedCard(plan)?.outputs ?? []).reduce((sum, { kind, width }) => (kind === 'features' ? sum + width : sum), 0)
