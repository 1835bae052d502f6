/** `merge`: every patch becomes one row. */

import { askedModels } from '../../core/columns/asked.js'
import type { ModelOutput } from '../../core/model.js'
import { derived, type Options } from '../../core/options.js'
import { defineStage } from '../../core/stage.js'
import { addressColumns } from './columns.js'

const options = { outputs: derived<readonly ModelOutput[]>() }

export type MergeOptions = Options<typeof options>

export default defineStage({
  name: 'merge',
  from: 'batch',
  to: 'rows',
  placement: 'model',
  summary: 'Make every patch one row: its place, what was noted on the way, and what the models say.',
  options,
  complete: (given, plan) => ({ ...given, outputs: askedModels(plan).flatMap(({ card }) => card.outputs) }),
  columns: (_, { kind }) => addressColumns(kind),
  holds: () => 0,
  examples: ['merge'],
})
