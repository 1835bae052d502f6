/** A card that says that a softmax is in its graph is held to it: shares make one whole. */

import { ModelError } from '../../core/errors.js'
import type { PatchBatch } from '../../core/items.js'
import type { ModelCard } from '../../core/model.js'
import { fourDigits } from '../../geometry/round.js'

/** How far shares that a graph rounds to bytes may be from 1 together. */
const roundedSum = (classes: number) => 0.02 + classes / 512

/** Throws OUTPUT_NOT_PROBABILITY. */
export function mustBeShares({ name: model, outputs }: ModelCard, { patches, outputs: answers }: PatchBatch): void {
  for (const { name, kind, inGraph, width } of outputs) {
    const data = answers[name]?.data
    if (kind !== 'classes' || inGraph !== 'softmax' || width < 2 || data === undefined) continue
    for (const [i, { slide, index }] of patches.entries()) {
      let sum = 0
      for (let k = 0; k < width; k++) sum += data[i * width + k]!
      // A patch without an answer has no numbers.
      if (Number.isNaN(sum) || Math.abs(sum - 1) <= roundedSum(width)) continue
      const what = `${model}: output '${name}' says probabilities that sum to ${fourDigits(sum)}, not 1, of patch ${index} of ${slide}`
      throw new ModelError('OUTPUT_NOT_PROBABILITY', what, {
        hint: 'the card says that a softmax is in the graph: write in_graph: none, or sigmoid, where each class stands for itself',
        at: { slide, patch: index, stage: 'infer' },
      })
    }
  }
}
