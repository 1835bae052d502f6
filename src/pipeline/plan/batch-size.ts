/** Patches of a batch, as the pipeline says; 1 where nothing is batched. */

import type { PlannedStage } from './plan-type.js'

export function batchSizeOf(stages: readonly PlannedStage[]): number {
  const size = stages.find(({ name }) => name === 'batch')?.options.size
  return typeof size === 'number' ? size : 1
}
