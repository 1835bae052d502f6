/**
 * Weights as signed bytes, with a scale for each output channel; biases as 32-bit integers in units of input scale × weight scale, so
 * that the sum of products and the bias is one integer.
 */

export interface ByteWeights {
  readonly weight: Int8Array
  /** One for each output channel. */
  readonly scale: Float32Array
  readonly bias: Int32Array
  /** Of the bias: input scale × weight scale. */
  readonly biasScale: Float32Array
}

/**
 * `most` is 127, or 63 for processors without VNNI: there two products are added in 16 bits, which 127 × 255 × 2 does not fit.
 * `weight` is [channels, …].
 */
export function byteWeights(weight: Float32Array, bias: Float32Array, inputScale: number, most: number): ByteWeights {
  const channels = bias.length
  const each = weight.length / channels
  const made = {
    weight: new Int8Array(weight.length),
    scale: new Float32Array(channels),
    bias: new Int32Array(channels),
    biasScale: new Float32Array(channels),
  }
  for (let channel = 0; channel < channels; channel++) {
    const from = channel * each
    let largest = 0
    for (let i = from; i < from + each; i++) largest = Math.max(largest, Math.abs(weight[i]!))
    // A channel of zeros, or of next to nothing beside its bias, must not make the bias overflow.
    const least = Math.max(Math.abs(bias[channel]!) / inputScale / 2 ** 30, 1e-20)
    const scale = Math.fround(Math.max(largest / most, least))
    made.scale[channel] = scale
    for (let i = from; i < from + each; i++) made.weight[i] = Math.min(most, Math.max(-most, Math.round(weight[i]! / scale)))
    const unit = Math.fround(inputScale * scale)
    made.biasScale[channel] = unit
    made.bias[channel] = Math.round(bias[channel]! / unit)
  }
  return made
}
