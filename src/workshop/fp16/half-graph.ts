/**
 * A graph in half precision: weights and computation, while inputs and outputs stay what they are. Operators that multiply, add and move
 * numbers compute in halves; those that add up many (means, softmax) stay in floats, as do the first steps on pixels and whatever
 * would overflow. Where the two meet, numbers are cast.
 */

import { ModelError } from '../../core/errors.js'
import { toHalf } from '../../geometry/half.js'
import { elementTypes } from '../../models/onnx/element-types.js'
import type { GraphProto, NodeProto, TensorProto } from '../../models/onnx/schema.js'
import { dimsOf, floatsOf, holdsGraphs, isOp, tensorWith, withoutConstantNodes, withoutUnused } from '../../models/onnx/view.js'
import { smallIn } from './small.js'

/** All numbers that go in and come out have one type, and halves are precise enough for what happens to them. */
const halfOperators = new Set(
  `Conv ConvTranspose Gemm MatMul Relu LeakyRelu PRelu Elu Clip Sigmoid HardSigmoid HardSwish Tanh Add Sub Mul Div Neg Abs Max Min
  Erf Gelu Where BatchNormalization MaxPool AveragePool GlobalMaxPool Concat Flatten Reshape Transpose Squeeze Unsqueeze Identity Pad Slice
  Split Gather Expand Tile DepthToSpace SpaceToDepth`.split(/\s+/),
)

export const computesInHalf = (node: NodeProto): boolean => isOp(node, ...halfOperators)

/**
 * `types` are those of every value, as the runtime knows them; `keep` are results that stay in floats, and so does what has a weight that no
 * half holds. Throws MODEL_UNCONVERTIBLE for graphs inside of nodes.
 */
export function inHalves(written: GraphProto, types: ReadonlyMap<string, number>, keep: ReadonlySet<string>, subject: string): GraphProto {
  const graph = withoutConstantNodes(written)
  refuseInner(graph, subject)
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
  const outputs = new Set(graph.output.map(({ name }) => name))
  const isFloat = (name: string) => types.get(name) === elementTypes.float32
  const nodes: NodeProto[] = []
  const tensors: TensorProto[] = []
  /** Values that are halves under the name they had as floats. */
  const halves = new Set<string>()
  const made = new Set<string>()
  const halfOf = (name: string): string => {
    if (!isFloat(name) || halves.has(name)) return name
    const half = `${name}/half`
    if (made.has(half)) return half
    made.add(half)
    const tensor = constants.get(name)
    if (tensor) tensors.push(halfTensor(tensor, half, subject))
    else nodes.push(cast(name, half, elementTypes.float16))
    return half
  }
  const floatOf = (name: string): string => {
    if (!halves.has(name)) return name
    const float = `${name}/float`
    if (!made.has(float)) nodes.push(cast(name, float, elementTypes.float32))
    made.add(float)
    return float
  }
  const overflows = (name: string) => {
    const tensor = isFloat(name) ? constants.get(name) : undefined
    // 65520 and more round to infinity.
    return (tensor && floatsOf(tensor))?.some((value) => !(Math.abs(value) < 65520)) ?? false
  }
  const small = smallIn(graph)
  const staysFloat = (node: NodeProto) => keep.has(node.output[0]!) || small.has(node.output[0]!) || node.input.some(overflows)
  for (const node of graph.node) {
    const floats = node.output.some(isFloat)
    if (!(floats && computesInHalf(node) && !staysFloat(node))) {
      nodes.push({ ...node, input: node.input.map(floatOf) })
      continue
    }
    // What leaves the graph is a float under its old name, and a half beside it.
    const output = node.output.map((name) => (outputs.has(name) && isFloat(name) ? `${name}/half` : name))
    nodes.push({ ...node, input: node.input.map(halfOf), output })
    for (const [i, name] of node.output.entries()) {
      if (output[i] !== name) {
        nodes.push(cast(output[i]!, name, elementTypes.float32))
        made.add(output[i]!)
      } else if (isFloat(name)) halves.add(name)
    }
  }
  return withoutUnused({ ...graph, node: nodes, initializer: [...graph.initializer, ...tensors], valueInfo: [] })
}

function cast(from: string, to: string, type: number): NodeProto {
  return { opType: 'Cast', name: `${to}/cast`, input: [from], output: [to], attribute: [{ name: 'to', type: 2, i: type }] }
}

function halfTensor(tensor: TensorProto, name: string, subject: string): TensorProto {
  const values = floatsOf(tensor)
  if (!values) throw new ModelError('MODEL_UNCONVERTIBLE', `${subject}: the numbers of ${tensor.name} cannot be read`)
  const halves = new Uint16Array(values.length)
  // Not by `from`: it holds all of them as a list of numbers first, and a matrix may have hundreds of millions.
  for (let i = 0; i < values.length; i++) halves[i] = toHalf(values[i]!)
  return tensorWith(name, halves, dimsOf(tensor))
}

function refuseInner({ node }: GraphProto, subject: string): void {
  const inner = node.find(holdsGraphs)
  if (!inner) return
  throw new ModelError('MODEL_UNCONVERTIBLE', `${subject} has a graph inside of its ${inner.opType} (${inner.name ?? inner.output[0]})`, {
    hint: 'export it without branches and loops',
  })
}
