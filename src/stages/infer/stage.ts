/** Batches go to the model one at a time, and come back with answers. Pixels are let go, unless other models are to see them, too. */

import type { PatchBatch, PatchStatus } from '../../core/items.js'
import type { Stage } from '../../core/stage.js'
import { mustBeShares } from './shares.js'
import type { InferOptions } from './spec.js'

export default ({ model: name, pictures, under = '' }: Pick<InferOptions, 'model'> & Partial<InferOptions>): Stage<'batch', 'batch'> =>
  async function* (batches, { model, signal, tell, pixelMemory }) {
    const door = model(name)
    for await (const batch of batches) {
      signal.throwIfAborted()
      const shown = pictures === undefined ? batch : shownTo(batch, pictures)
      const answered = await door.predict(shown)
      if (pictures === undefined) for (const { data } of batch.inputs) pixelMemory?.giveBack(data)
      mustBeShares(door.card, answered)
      tell({ type: 'count', name: 'infer.patches', by: shown.statuses.filter(({ status }) => status === 'ok').length })
      yield pictures === undefined ? answered : beside(batch, answered, under)
    }
  }

/** What one of several models sees: its own pictures, also of patches that another had no answer for. */
function shownTo({ patches, statuses, inputs }: PatchBatch, pictures: readonly number[]): PatchBatch {
  return {
    patches,
    statuses: statuses.map((one) => (one.status === 'unanswered' ? { status: 'ok' } : one)),
    // Where no patch could be read there are none.
    inputs: inputs.length === 0 ? [] : pictures.map((at) => inputs[at]!),
    outputs: {},
  }
}

/** Its answers beside those of the models before it. */
function beside(batch: PatchBatch, { statuses, outputs }: PatchBatch, under: string): PatchBatch {
  const own = Object.fromEntries(Object.entries(outputs).map(([name, output]) => [`${under}${name}`, output]))
  return {
    ...batch,
    statuses: batch.statuses.map((before, i) => both(before, statuses[i]!)),
    outputs: { ...batch.outputs, ...own },
  }
}

/** A patch is answered when every model has answered. */
function both(before: PatchStatus, own: PatchStatus): PatchStatus {
  if (own.status !== 'unanswered') return before
  return { status: 'unanswered', error: [before.error, own.error].filter((error) => error !== undefined).join('; ') }
}
