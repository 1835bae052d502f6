/** The activation a graph ends with: the operator that makes an output, followed back over those that only move numbers or store them in bytes. */

import type { Activation } from '../../core/model.js'
import type { GraphProto, NodeProto } from './schema.js'
import { type GraphView, intOf, intsOf, isOp, viewOf, wholesOf } from './view.js'

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

/** What makes a value, followed back over the movers. */
function makerOf({ producers }: GraphView, value: string | undefined): NodeProto | undefined {
  let node = producers.get(value ?? '')
  for (let step = 0; step < 8 && isOp(node, ...movers); step++) node = producers.get(node!.input[0]!)
  return node
}

/** By the names of outputs. */
export function endingsOf(graph: GraphProto, outputs: readonly string[]): readonly Activation[] {
  const view = viewOf(graph)
  return outputs.map((output) => {
    const node = makerOf(view, output)
    if (isOp(node, 'Softmax') || node?.opType === 'QLinearSoftmax') return isCut(view, output, node!) ? 'none' : 'softmax'
    if (isOp(node, 'Exp') && isOp(view.producers.get(node!.input[0]!), 'LogSoftmax')) return 'softmax'
    return isOp(node, 'Sigmoid') || node?.opType === 'QLinearSigmoid' ? 'sigmoid' : 'none'
  })
}

/** Whether some of the shares of a softmax alone are handed on (`softmax(x)[:, 1:]`), which sum to no 1; of a map the edges are cut off along other axes. */
function isCut(view: GraphView, output: string, softmax: NodeProto): boolean {
  const rank = view.graph.output.find(({ name }) => name === output)?.type?.tensorType?.shape?.dim.length ?? 0
  const place = (axis: number) => (axis < 0 ? axis + rank : axis)
  let cut: number[] = []
  for (let node = view.producers.get(output); node && node !== softmax; node = view.producers.get(node.input[0]!)) {
    const turned = isOp(node, 'Transpose') ? intsOf(node, 'perm') : null
    if (turned) cut = cut.map((axis) => turned[axis] ?? axis)
    // Behind the first two a new shape leaves no axis where it was.
    if (isOp(node, 'Reshape')) cut = cut.filter((axis) => axis < 2)
    if (!isOp(node, 'Slice')) continue
    const held = view.constants.get(node.input[3] ?? '')
    cut.push(...((held ? wholesOf(held) : intsOf(node, 'axes')) ?? []).map(place))
  }
  return cut.includes(place(intOf(softmax, 'axis', -1)))
}

/** Whose logarithm the graph ends with, also followed back: a log-softmax, a log-sigmoid. */
export function logarithmOf(graph: GraphProto, output: string): Activation {
  const view = viewOf(graph)
  const node = makerOf(view, output)
  if (isOp(node, 'LogSoftmax')) return 'softmax'
  const inner = makerOf(view, node?.input[0])
  if (isOp(node, 'Log')) return isOp(inner, 'Softmax') ? 'softmax' : isOp(inner, 'Sigmoid') ? 'sigmoid' : 'none'
  // log σ(x) = −softplus(−x), which is how exporters write it where they care for large numbers.
  return isOp(node, 'Neg') && isOp(inner, 'Softplus') ? 'sigmoid' : 'none'
}

/** True where the graph gives the logarithm with its sign turned, a cost: it is least for the likeliest class. */
export function isCost(graph: GraphProto, output: string): boolean {
  const view = viewOf(graph)
  const node = makerOf(view, output)
  return isOp(node, 'Neg') && logarithmOf(graph, node!.input[0]!) !== 'none'
}

/** True where answers come in the order of their size: their places are no classes. */
export const isSorted = (graph: GraphProto, output: string): boolean => isOp(makerOf(viewOf(graph), output), 'TopK')

/** True where a softmax is made of what a softmax or a sigmoid has made: all classes are about as probable. */
export function isTwice(graph: GraphProto, output: string): boolean {
  const view = viewOf(graph)
  const node = makerOf(view, output)
  return isOp(node, 'Softmax') && isOp(makerOf(view, node!.input[0]), 'Softmax', 'Sigmoid')
}

/** True where the answer is the number of a class. */
export const isChoice = (graph: GraphProto, output: string): boolean => isOp(makerOf(viewOf(graph), output), 'ArgMax', 'ArgMin')

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
  if (!isOp(node, 'Softmax', 'LogSoftmax')) return false
  const axis = intOf(node!, 'axis', -1)
  const sizes = graph.output.find(({ name }) => name === output)?.type?.tensorType?.shape?.dim.length
  return axis === 0 || (sizes !== undefined && axis === -sizes && sizes > 1)
}
