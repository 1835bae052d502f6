/** Batches go to the model one at a time, and come back with answers and without pixels. */

import type { Stage } from '../../core/stage.js'
import { mustBeShares } from './shares.js'

export default ({ model: name }: { readonly model: string }): Stage<'batch', 'batch'> =>
  async function* (batches, { model, signal, tell }) {
    const door = model(name)
    for await (const batch of batches) {
      signal.throwIfAborted()
      const answered = await door.predict(batch)
      mustBeShares(door.card, answered)
      tell({ type: 'count', name: 'infer.patches', by: batch.statuses.filter(({ status }) => status === 'ok').length })
      yield answered
    }
  }
