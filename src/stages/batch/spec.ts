/** `batch`: pictures side by side, as a model takes them. */

import { type Options, whole } from '../../core/options.js'
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
    const model = plan.options('infer')?.model
    const heads = typeof model === 'string' ? plan.card(model).inputs.reduce((sum, i) => sum + i.width * i.height * 3, 0) : 0
    return size * Math.max(heads, grid ? grid[0] * grid[1] * 3 : 0)
  },
  examples: ['batch', 'batch: { size: 64 }'],
})
