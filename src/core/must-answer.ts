/** For those who need an answer for every picture: masks, test vectors, comparisons of models. In a run a patch without one is a row that says so. */

import { ModelError } from './errors.js'
import type { PatchBatch } from './items.js'
import type { Model } from './model.js'

/** What the model says of the batch. Throws OUTPUT_NOT_FINITE when it has no number for one of the patches. */
export async function mustAnswer(model: Model, batch: PatchBatch): Promise<PatchBatch> {
  const answered = await model.predict(batch)
  const { patches, statuses } = answered
  const at = statuses.findIndex(({ status }) => status === 'unanswered')
  if (at < 0) return answered
  const { slide, index } = patches[at]!
  throw new ModelError('OUTPUT_NOT_FINITE', `${statuses[at]!.error ?? model.card.name} of patch ${index} of ${slide}`, {
    hint: 'the model cannot answer for this picture, or its card prepares it wrongly',
    at: { slide, patch: index, stage: 'infer' },
  })
}
