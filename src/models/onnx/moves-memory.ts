/**
 * Whether a graph moves much memory for what it computes. A processor answers such a graph faster when it is given few patches at once: what one
 * step gives is still in its caches when the next one takes it. Measured with ONNX Runtime, fours in the place of sixteens (bench/NOTES.md):
 * EfficientNet-B0 21 % less time, MobileNet V2 10 % (int8 3 %), ViT-B and Swin 9 %, SqueezeNet 7 %, DenseNet 4 %. Plain convolutions gain nothing
 * (ResNet-18 loses 1 to 2 %): their weights are read again for every few patches.
 */

import type { ModelProto } from './schema.js'
import { intOf, isOp } from './view.js'
import { walkModel } from './walk.js'

/** As standard operators, those on bytes, and those that the runtime's own optimiser writes. */
const convolution = /^(Conv|QLinearConv|ConvInteger|FusedConv|NhwcConv)$/
const attention = /Attention$/

/** How many joins of channels are more than a network's last step. */
const manyJoins = 5

export function movesMuchMemory(model: ModelProto): boolean {
  let found = false
  let joins = 0
  let softmaxes = 0
  walkModel(model, {
    node(node) {
      // Each channel, or a few, by weights of its own: little arithmetic for each number.
      found ||= attention.test(node.opType) || (convolution.test(node.opType) && intOf(node, 'group', 1) > 1)
      // Shapes are joined along axis 0, and that is no work.
      if (isOp(node, 'Concat') && intOf(node, 'axis', 0) !== 0) joins++
      // One is the end of a classifier; more are attention in single steps.
      if (isOp(node, 'Softmax')) softmaxes++
    },
  })
  return found || joins >= manyJoins || softmaxes > 1
}
