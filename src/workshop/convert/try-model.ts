/** Tries a model that was just made, before anyone can find it: it loads, and its probabilities are some. */

import { ModelError } from '../../core/errors.js'
import type { ModelCard, ModelTest } from '../../core/model.js'
import { openModel } from '../../models/session/open.js'
import { mustSee } from '../sees.js'
import { makeTest } from '../test-vector.js'

const seed = 1

/** What it says of a picture of noise, for the card. Throws MODEL_REFUSED, OUTPUT_NOT_FINITE, or MODEL_WRONG. */
export async function tryModel(card: ModelCard): Promise<ModelTest> {
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const test = await makeTest(model, seed)
    await mustSee(model, test.expected)
    for (const { name, kind, inGraph } of card.outputs) {
      if (kind !== 'classes' || inGraph !== 'softmax') continue
      const sum = test.expected[name]!.reduce((a, b) => a + b, 0)
      if (!(Math.abs(sum - 1) < 1e-3))
        throw new ModelError('MODEL_WRONG', `${card.name}: the probabilities in ${name} sum to ${sum}, not 1`)
    }
    return test
  } finally {
    await model.close()
  }
}
