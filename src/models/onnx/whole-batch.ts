/** Operators that compute with all pictures of a batch: the answer of each would follow from its neighbours. */

import type { ModelProto } from './schema.js'
import { intOf, isOp } from './view.js'
import { walkModel } from './walk.js'

/** What `onnxruntime.quantization.quantize_dynamic` writes: the range of bytes is that of all numbers there are. */
const ranging = /^DynamicQuantize(Linear|MatMul|LSTM)$/

/** True of a model whose bytes are laid by what it sees: one picture at a time has one answer. */
export function rangesOverBatch(model: ModelProto): boolean {
  let found = false
  walkModel(model, {
    node: ({ opType }) => {
      found ||= ranging.test(opType)
    },
  })
  return found
}

/** True of a model that was exported in training mode: it takes mean and deviation of the batch, not those it has learned. */
export function normalisesByBatch(model: ModelProto): boolean {
  let found = false
  walkModel(model, {
    node: (node) => {
      found ||= isOp(node, 'BatchNormalization') && intOf(node, 'training_mode', 0) !== 0
    },
  })
  return found
}
