/** `merge`: every patch becomes one row. */

import type { ModelOutput } from '../../core/model.js'
import { derived, type Options } from '../../core/options.js'
import { defineStage, type PlanContext } from '../../core/stage.js'
import { addressColumns } from './columns.js'

const options = { outputs: derived<readonly ModelOutput[]>() }

export type MergeOptions = Options<typeof options>

/** The outputs of the model that `infer` asks; none when there is no such stage. */
function outputsOf(plan: PlanContext): readonly ModelOutput[] {
  const model = plan.options('infer')?.model
  return typeof model === 'string' ? plan.card(model).outputs : []
}

export default defineStage({
  name: 'merge',
  from: 'batch',
  to: 'row',
  placement: 'row',
  summary: 'Make every patch one row: its place, what was noted on the way, and what the model says.',
  options,
  complete: (given, plan) => ({ ...given, outputs: outputsOf(plan) }),
  columns: (_, { kind }) => addressColumns(kind),
  holds: () => 0,
  examples: ['merge'],
})
