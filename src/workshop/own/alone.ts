/** Whether a picture has the same answer beside others as by itself. */

import { ModelError } from '../../core/errors.js'
import type { Model, ModelCard } from '../../core/model.js'
import { mustAnswer } from '../../core/must-answer.js'
import { openModel } from '../../models/session/open.js'
import { testBatch } from '../test-vector.js'
import { batchOf } from './ask.js'

/** Beyond what other sums of the same numbers differ by, in halves too. */
const same = 2e-3

/**
 * Null: it has. Else the reason why the model is to be asked one picture at a time: a graph may take the mean of all that it is given, or be
 * exported for one picture though its sizes say any number.
 */
export async function whyAlone(card: ModelCard): Promise<string | null> {
  const { batch, inputs, outputs } = card
  if (batch !== null || inputs.some(({ form }) => form === 'pixels')) return null
  const noise = [1, 2].map((seed) => testBatch(card, seed).inputs[0]!.data)
  // Pale, dark, white: they share neither mean nor range.
  const pictures = [noise[0]!.map((value) => 96 + (value >> 2)), noise[1]!.map((value) => value >> 1), noise[0]!.map(() => 255)]
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const alone = await mustAnswer(model, batchOf(card, pictures.slice(0, 1)))
    const beside = await together(model, pictures)
    if (beside === null) return 'it takes no others beside it, whatever its sizes say'
    for (const { name, width } of outputs) {
      const [a, b] = [alone.outputs[name]!.data, beside.outputs[name]!.data]
      for (let k = 0; k < width; k++)
        if (!(Math.abs(a[k]! - b[k]!) <= same * Math.max(1, Math.abs(a[k]!)))) return 'in a batch its answer follows from the others'
    }
    return null
  } finally {
    await model.close()
  }
}

async function together(model: Model, pictures: readonly Uint8Array[]) {
  try {
    return await mustAnswer(model, batchOf(model.card, pictures))
  } catch (error) {
    if (error instanceof ModelError) return null
    throw error
  }
}
