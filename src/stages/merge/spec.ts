/** `merge`: every patch becomes one row. */

import type { ModelOutput } from '../../core/model.js'
import { derived, type Options } from '../../core/options.js'
import { askedCard } from '../../core/plan-model.js'
import { defineStage } from '../../core/stage.js'
import { addressColumns } from './columns.js'

const options = { outputs: derived<readonly ModelOutput[]>() }

export type MergeOptions = Options<typeof options>

export default defineStage({
  name: 'merge',
  from: 'batch',
  to: 'rows',
  placement: 'model',
  summary: 'Make every patch one row: its place, what was noted on the way, and what the model says.',
  options,
  complete: (given, plan) => ({ ...given, outputs: askedCard(plan)?.outputs ?? [] }),
  columns: (_, { kind }) => addressColumns(kind),
  holds: () => 0,
  examples: ['merge'],
})
