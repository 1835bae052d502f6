/** Tries a model that was just made, before anyone can find it: it loads, and its probabilities are some. */

import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { openModel } from '../open.js'

/** Two pictures, one plain and one of stripes: throws MODEL_REFUSED, OUTPUT_NOT_FINITE or MODEL_WRONG. */
export async function tryModel(card: ModelCard): Promise<void> {
  const [input] = card.inputs
  const { width, height } = input!
  const data = new Uint8Array(2 * width * height * 3)
  data.fill(230, 0, data.length / 2)
  for (let i = data.length / 2; i < data.length; i++) data[i] = (i * 37) % 256
  const patch = {
    slide: 'trial',
    index: 0,
    column: 0,
    row: 0,
    bounds: [0, 0, width, height],
    region: { x: 0, y: 0, width, height },
    notes: {},
  } as const
  const ok = { status: 'ok' } as const
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const { outputs } = await model.predict({
      patches: [patch, { ...patch, index: 1 }],
      statuses: [ok, ok],
      inputs: [{ data, width, height }],
      outputs: {},
    })
    for (const { name, kind, inGraph } of card.outputs) {
      const output = outputs[name]!
      if (!output.data.every(Number.isFinite))
        throw new ModelError('OUTPUT_NOT_FINITE', `${card.name}: ${name} holds numbers that are not finite`)
      if (kind !== 'classes' || inGraph !== 'softmax') continue
      for (let row = 0; row < 2; row++) {
        const sum = output.data.subarray(row * output.width, (row + 1) * output.width).reduce((a, b) => a + b, 0)
        if (Math.abs(sum - 1) > 1e-3) throw new ModelError('MODEL_WRONG', `${card.name}: the probabilities in ${name} sum to ${sum}, not 1`)
      }
    }
  } finally {
    await model.close()
  }
}
