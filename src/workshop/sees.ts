/** Whether a model sees its pictures at all: weights that are not there, and pixels prepared for another network, give every picture one answer. */

import { ModelError } from '../core/errors.js'
import type { PatchBatch } from '../core/items.js'
import type { Model } from '../core/model.js'
import { testBatch } from './test-vector.js'

type Answers = Readonly<Record<string, ArrayLike<number>>>

/** True when it says the same of white, black and other noise as of the noise that `known` are the answers to. */
export async function saysOneThing(model: Model, known: Answers): Promise<boolean> {
  const looked = model.card.outputs.filter(({ kind }) => kind !== 'values')
  // A class that is sure of itself is 0 or 1 of all that no slide shows, and so is tissue.
  const telling = looked.filter(({ name, kind }) => kind === 'features' || Array.from(known[name]!).some((one) => one !== 0 && one !== 1))
  if (telling.length === 0 || telling.length < looked.length) return false
  const { card } = model
  for (const batch of [plain(testBatch(card, 1), 255), plain(testBatch(card, 1), 0), testBatch(card, 2)]) {
    const { outputs } = await model.predict(batch)
    // Where it has no answer (a picture divided by its own deviation), there is NaN, which is like nothing.
    const differs = telling.some(({ name, width }) => {
      const said = outputs[name]!.data
      for (let k = 0; k < width; k++) if (said[k] !== known[name]![k]) return true
      return false
    })
    if (differs) return false
  }
  return true
}

/** Throws MODEL_WRONG. */
export async function mustSee(model: Model, known: Answers): Promise<void> {
  if (!(await saysOneThing(model, known))) return
  throw new ModelError('MODEL_WRONG', `${model.card.name} says the same of every picture: of white, of black, and of noise`, {
    hint: 'its weights may be zeros (a download or export that broke off), the picture a constant of its export, or pixels not as it wants them (--scale, --mean, --std)',
  })
}

const plain = (batch: PatchBatch, grey: number): PatchBatch => ({
  ...batch,
  inputs: batch.inputs.map((input) => ({ ...input, data: new Uint8Array(input.data.length).fill(grey) })),
})
