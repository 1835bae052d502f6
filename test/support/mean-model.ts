/** A model in memory: the mean of red and of blue of a picture as the shares of two classes. A real `Model`, without a file. */

import type { BatchOutput, PatchBatch } from '../../src/core/items.js'
import type { Model, ModelCard } from '../../src/core/model.js'
import { cardWith, head } from './stage-context.js'

export function meanModel(side: number): Model {
  const card: ModelCard = cardWith([head(side, side)], {
    outputs: [
      {
        name: 'probabilities',
        kind: 'classes',
        classes: [
          { name: 'red', color: '#ff0000' },
          { name: 'blue', color: '#0000ff' },
        ],
        width: 2,
        inGraph: 'softmax',
        apply: 'none',
        about: [],
      },
    ],
  })
  return {
    card,
    device: 'cpu',
    predict: async (batch) => ({ ...batch, inputs: [], outputs: { probabilities: answer(batch, side) } }),
    close: async () => {},
  }
}

function answer({ statuses, inputs }: PatchBatch, side: number): BatchOutput {
  const data = new Float32Array(statuses.length * 2).fill(Number.NaN)
  const pixels = inputs[0]?.data ?? new Uint8Array(0)
  let picture = 0
  for (const [i, { status }] of statuses.entries()) {
    if (status !== 'ok') continue
    const own = pixels.subarray(picture * side * side * 3, (picture + 1) * side * side * 3)
    picture++
    const sum = (channel: number) => own.reduce((total, v, at) => (at % 3 === channel ? total + v : total), 1)
    data.set([sum(0) / (sum(0) + sum(2)), sum(2) / (sum(0) + sum(2))], i * 2)
  }
  return { data, width: 2 }
}
