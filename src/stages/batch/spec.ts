/** `batch`: pictures side by side, as a model takes them. */

import { type Options, whole } from '../../core/options.js'
import { patchPixels, pictureBytes } from '../../core/pictures.js'
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
  provides: { batch: ({ size }) => size },
  // One batch, for when the pictures do not lie side by side already and are copied.
  holds: ({ size }, plan) => size * Math.max(pictureBytes(plan), (patchPixels(plan) ?? 0) * 3),
  examples: ['batch', 'batch: { size: 64 }'],
})
