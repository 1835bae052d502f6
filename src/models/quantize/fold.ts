/** Makes a graph ready: steps that do nothing go, and a BatchNorm behind a convolution becomes part of its weights, in float64. */

import { withoutIdle } from '../onnx/idle.js'
import type { GraphProto, NodeProto, TensorProto } from '../onnx/schema.js'
import { dimsOf, floatOf, floatsOf, type GraphView, isOp, tensorWith, viewOf, withoutConstantNodes, withoutUnused } from '../onnx/view.js'

export function folded(graph: GraphProto): GraphProto {
  return withoutUnused(foldNorms(withoutIdle(withoutConstantNodes(graph))))
}

export interface Norm {
  readonly scale: Float64Array
  readonly shift: Float64Array
}

/** A BatchNorm as one factor and one summand a channel; null when its numbers are not constant. */
export function normOf(node: NodeProto, view: GraphView): Norm | null {
  const parts = node.input.slice(1, 5).map((name) => view.constants.get(name))
  const [gamma, beta, mean, variance] = parts.map((tensor) => tensor && floatsOf(tensor))
  if (!gamma || !beta || !mean || !variance || node.output.slice(1).some((name) => name !== '')) return null
  const epsilon = floatOf(node, 'epsilon', 1e-5)
  const scale = Float64Array.from(gamma, (g, i) => g / Math.sqrt(variance[i]! + epsilon))
  return { scale, shift: Float64Array.from(beta, (b, i) => b - mean[i]! * scale[i]!) }
}

function foldNorms(graph: GraphProto): GraphProto {
  const view = viewOf(graph)
  const made: TensorProto[] = []
  const gone = new Set<NodeProto>()
  const changed = new Map<NodeProto, NodeProto>()
  for (const conv of graph.node) {
    const norm = isOp(conv, 'Conv') ? view.only(conv.output[0]!) : null
    if (!norm || !isOp(norm, 'BatchNormalization') || norm.input[0] !== conv.output[0]) continue
    const weightTensor = view.constants.get(conv.input[1]!)
    const weight = weightTensor && floatsOf(weightTensor)
    const biasTensor = conv.input[2] === undefined || conv.input[2] === '' ? null : view.constants.get(conv.input[2])
    const bias = biasTensor ? floatsOf(biasTensor) : null
    const affine = normOf(norm, view)
    if (!weight || !affine || biasTensor === undefined || (biasTensor && !bias)) continue
    const each = weight.length / affine.scale.length
    const name = norm.output[0]!
    made.push(
      tensorWith(
        `${name}/folded_weight`,
        weight.map((w, i) => w * affine.scale[Math.floor(i / each)]!),
        dimsOf(weightTensor),
      ),
    )
    const shift = Float32Array.from(affine.shift, (s, i) => s + (bias?.[i] ?? 0) * affine.scale[i]!)
    made.push(tensorWith(`${name}/folded_bias`, shift, [shift.length]))
    changed.set(conv, { ...conv, input: [conv.input[0]!, `${name}/folded_weight`, `${name}/folded_bias`], output: [name] })
    gone.add(norm)
  }
  const node = graph.node.filter((one) => !gone.has(one)).map((one) => changed.get(one) ?? one)
  return { ...graph, node, initializer: [...graph.initializer, ...made] }
}
