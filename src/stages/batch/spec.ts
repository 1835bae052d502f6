/** `batch`: pictures side by side, as a model takes them. */

import { type Options, whole } from '../../core/options.js'
import { inputBytes } from '../../core/plan-model.js'
import { defineStage } from '../../core/stage.js'

const options = {
  size: whole(1, 4096).prefault(16).describe('Patches in a batch.'),
}

export type BatchOptions = Options<typeof options>

export default defineStage({
  name: 'batch',
  from: 'image',
  to: 'batch',
  placement: 'pixels',
  summary: 'Put pictures side by side into batches.',
  options,
  // One batch, for when the pictures do not lie side by side already and are copied.
  holds: ({ size }, plan) => {
    const grid = plan.options('grid')?.size as readonly [number, number] | undefined
    return size * Math.max(inputBytes(plan), grid ? grid[0] * grid[1] * 3 : 0)
  },
  examples: ['batch', 'batch: { size: 64 }'],
})
