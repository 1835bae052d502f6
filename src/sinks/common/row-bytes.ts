/** About how many bytes one row takes in memory, for the memory sum. */

import { askedModels } from '../../core/columns/asked.js'
import type { ModelOutput } from '../../core/model.js'
import type { PlanContext } from '../../core/stage.js'

/** A number of a column, or the code of a word. */
const perValue = 8
/** Address, place, status and prediction: the columns every table has. */
const commonColumns = 20

export function rowBytes(plan: PlanContext): number {
  let bytes = commonColumns * perValue
  for (const output of outputsOf(plan)) bytes += output.kind === 'features' ? output.width * 4 + 100 : output.width * perValue
  return bytes
}

/** Numbers of one row that lie in vectors. */
export const featureWidth = (plan: PlanContext): number =>
  outputsOf(plan).reduce((sum, { kind, width }) => (kind === 'features' ? sum + width : sum), 0)

const outputsOf = (plan: PlanContext): readonly ModelOutput[] => askedModels(plan).flatMap(({ card }) => card.outputs)
