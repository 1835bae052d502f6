/** Operators that compute with all pictures of a batch: the answer of each would follow from its neighbours. */

import type { GraphProto, ModelProto, NodeProto } from './schema.js'
import { intOf, isOp, usedBy, viewOf } from './view.js'
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

/** Before version 14 of the operators the outputs of its new means say it. */
const isTraining = (node: NodeProto): boolean => intOf(node, 'training_mode', 0) !== 0 || node.output.slice(1).some((name) => name !== '')

/**
 * True of a model that was exported in training mode: it takes mean and deviation of the batch, not those it has learned. Of weights it may: the
 * convolutions of NFNets and of BiT are standardised so, which has nothing to do with pictures.
 */
export function normalisesByBatch(model: ModelProto): boolean {
  const suspects: NodeProto[] = []
  walkModel(model, {
    node: (node) => {
      if (isOp(node, 'BatchNormalization') && isTraining(node)) suspects.push(node)
    },
  })
  if (suspects.length === 0) return false
  const { graph } = model
  const outside = new Set(graph?.node)
  const ofWeights = graph && weightsOf(graph)
  return suspects.some((node) => !outside.has(node) || !ofWeights?.(node.input[0]!))
}

/** Whether a value of the graph follows from none of its inputs. */
function weightsOf(graph: GraphProto): (value: string) => boolean {
  const held = new Set(graph.initializer.map(({ name }) => name))
  const inputs = new Set(graph.input.map(({ name }) => name).filter((name) => !held.has(name)))
  const { producers } = viewOf(graph)
  return (value) => {
    const seen = new Set([value])
    // What is added meanwhile is visited, too.
    for (const name of seen) {
      if (inputs.has(name)) return false
      const from = producers.get(name)
      if (from) for (const used of usedBy(from)) seen.add(used)
    }
    return true
  }
}
