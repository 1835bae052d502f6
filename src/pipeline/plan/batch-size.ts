/** Patches of a batch, as the pipeline says; 1 where nothing is batched. */

import { providedIn } from '../../core/roles.js'
import type { PlannedStage } from './plan-type.js'

export function batchSizeOf(stages: readonly PlannedStage[]): number {
  return providedIn(stages, 'batch')[0] ?? 1
}
