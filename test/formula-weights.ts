/** Weights of a network by the formula of test/golden/architectures/make.py: activations stay sane, running statistics are not 0 and 1. */

import type { StoredTensor } from '../src/workshop/convert/tensors.js'
import { floats } from './formula.js'

/** Of the norms, and of the head; they stand in the golden file. */
export interface Scales {
  readonly gain: number
  readonly head: number
}

export function formulaWeights(shapes: ReadonlyMap<string, readonly number[]>, { gain, head }: Scales): Map<string, StoredTensor> {
  return new Map(
    [...shapes].map(([key, shape]): [string, StoredTensor] => {
      const count = shape.reduce((product, size) => product * size, 1)
      const [low, high] = rangeOf(key, shape, { gain, head })
      return [key, { shape, type: 'F32', read: async () => floats(key, count, low, high) }]
    }),
  )
}

function rangeOf(key: string, shape: readonly number[], { gain, head }: Scales): readonly [number, number] {
  if (key.endsWith('running_mean')) return [-0.3, 0.3]
  if (key.endsWith('running_var')) return [0.5, 1.5]
  if (key === 'classifier.weight') return [-head, head]
  if (shape.length === 4) {
    const bound = Math.sqrt(6 / (shape[1]! * shape[2]! * shape[3]!))
    return [-bound, bound]
  }
  return key.endsWith('weight') ? [0.5 * gain, gain] : [-0.3, 0.3]
}
