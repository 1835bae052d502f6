/** The activation a graph ends with: the operator that makes an output, followed back over those that only move numbers or store them in bytes. */

import type { Activation } from '../../core/model.js'
import type { GraphProto } from './schema.js'
import { intOf, isOp, viewOf } from './view.js'

const movers = [
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Cast',
  'Slice',
  'Transpose',
  'QuantizeLinear',
  'DequantizeLinear',
]

/** By the names of outputs. */
export function endingsOf(graph: GraphProto, outputs: readonly string[]): readonly Activation[] {
  const { producers } = viewOf(graph)
  return outputs.map((output) => {
    let node = producers.get(output)
    for (let step = 0; step < 8 && isOp(node, ...movers); step++) node = producers.get(node!.input[0]!)
    if (isOp(node, 'Softmax') || node?.opType === 'QLinearSoftmax') return 'softmax'
    if (isOp(node, 'Exp') && isOp(producers.get(node!.input[0]!), 'LogSoftmax')) return 'softmax'
    return isOp(node, 'Sigmoid') || node?.opType === 'QLinearSigmoid' ? 'sigmoid' : 'none'
  })
}

/** Whose logarithm the graph ends with, also followed back: a log-softmax, a log-sigmoid. */
export function logarithmOf(graph: GraphProto, output: string): Activation {
  const { producers } = viewOf(graph)
  const from = (value: string | undefined) => {
    let node = producers.get(value ?? '')
    for (let step = 0; step < 8 && isOp(node, ...movers); step++) node = producers.get(node!.input[0]!)
    return node
  }
  const node = from(output)
  if (isOp(node, 'LogSoftmax')) return 'softmax'
  const inner = from(node?.input[0])
  if (isOp(node, 'Log')) return isOp(inner, 'Softmax') ? 'softmax' : isOp(inner, 'Sigmoid') ? 'sigmoid' : 'none'
  // log σ(x) = −softplus(−x), which is how exporters write it where they care for large numbers.
  return isOp(node, 'Neg') && isOp(inner, 'Softplus') ? 'sigmoid' : 'none'
}

/** True where answers come in the order of their size: their places are no classes. */
export function isSorted(graph: GraphProto, output: string): boolean {
  const { producers } = viewOf(graph)
  let node = producers.get(output)
  for (let step = 0; step < 8 && isOp(node, ...movers); step++) node = producers.get(node!.input[0]!)
  return isOp(node, 'TopK')
}

/** Operators that leave each number, or each picture's, where it is. */
const steps = ['Identity', 'Cast', 'Mul', 'Add', 'Sub', 'Div', 'Clip', 'Log', 'Exp', 'QuantizeLinear', 'DequantizeLinear']

/** True where shares are made over the pictures of a batch: each picture's answer would follow from its neighbours. */
export function sharesOverBatch(graph: GraphProto, output: string): boolean {
  const { producers } = viewOf(graph)
  let node = producers.get(output)
  for (let step = 0; step < 8 && isOp(node, ...steps); step++) {
    const [made] = node!.input.flatMap((name) => producers.get(name) ?? [])
    node = made
  }
  return isOp(node, 'Softmax', 'LogSoftmax') && intOf(node!, 'axis', -1) === 0
}
