/** `batch`: pictures side by side, as a model takes them. */

import { runsInLanes } from '../../core/devices.js'
import { derived, type Options, whole } from '../../core/options.js'
import { type Head, patchPixels, pictureBytes, picturesOf } from '../../core/pictures.js'
import { defineStage, type PlanContext } from '../../core/stage.js'

const options = {
  size: whole(1, 4096)
    .optional()
    .describe(
      'Patches in a batch: 64 for a model on a GPU, else 16, unless given. The CPU is given sixteen of them at once at most, and fewer where that is faster.',
    ),
  /** Where one of them has a look-up table. */
  heads: derived<readonly Head[]>(),
}

export type BatchOptions = Options<typeof options>

export default defineStage({
  name: 'batch',
  from: 'image',
  to: 'batch',
  placement: 'pixels',
  summary: 'Put pictures side by side into batches.',
  options,
  provides: { batch: ({ size }) => size, lookups: () => true },
  complete: ({ size }, plan) => ({ size: size ?? usualSize(plan), heads: lookedUp(plan) }),
  // One batch, for when the pictures do not lie side by side already and are copied.
  holds: ({ size = 0 }, plan) => size * Math.max(pictureBytes(plan), (patchPixels(plan) ?? 0) * 3),
  examples: ['batch', 'batch: { size: 64 }'],
})

/** A card needs many pictures at once to be busy; the cache of a processor holds few. */
const usualSize = (plan: PlanContext): number => (plan.provided('answers').some(({ devices }) => !runsInLanes(devices[0]!)) ? 64 : 16)

/** The pictures, where one of them is for a quantised model. */
function lookedUp(plan: PlanContext): readonly Head[] | undefined {
  const { heads } = picturesOf(plan)
  return heads.some(({ lookup }) => lookup !== undefined) ? heads : undefined
}
