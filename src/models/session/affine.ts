/**
 * Scale, mean and std of an input as one multiplication and one addition per channel, in the channel order of the graph:
 * (pixel × scale − mean) ÷ std = pixel × (scale ÷ std) + (−mean ÷ std). The graph and the conversion here both use it.
 */

import type { ModelInput } from '../../core/model.js'

export interface Affine {
  readonly factor: Float32Array
  readonly offset: Float32Array
}

export function affineOf({ scale, mean, std, channels }: ModelInput): Affine {
  const order = channels === 'BGR' ? [2, 1, 0] : [0, 1, 2]
  return {
    factor: Float32Array.from(order, (c) => scale / std[c]!),
    offset: Float32Array.from(order, (c) => (mean[c] === 0 ? 0 : -mean[c]! / std[c]!)),
  }
}
