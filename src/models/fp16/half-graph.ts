/**
 * A graph in half precision: weights and computation, while inputs and outputs stay what they are. Operators that multiply, add and move
 * numbers compute in halves; those that add up many (means, softmax) stay in floats, as do the first steps on pixels and whatever
 * would overflow. Where the two meet, numbers are cast.
 */

import { ModelError } from '../../core/errors.js'
import { toHalf } from '../half.js'
import { elementTypes, type GraphProto, type NodeProto, type TensorProto } from '../onnx/schema.js'
import { dimsOf, floatsOf, intOf, isOp, tensorWith, withoutConstantNodes, withoutUnused } from '../onnx/view.js'

/** All numbers that go in and come out have one type, and halves are precise enough for what happens to them. */
const halfOperators = new Set(
  `Conv ConvTranspose Gemm MatMul Relu LeakyRelu PRelu Elu Clip Sigmoid HardSigmoid HardSwish Tanh Add Sub Mul Div Neg Abs Max Min
  BatchNormalization MaxPool AveragePool GlobalMaxPool Concat Flatten Reshape Transpose Squeeze Unsqueeze Identity Pad Slice Split Gather
  Expand Tile DepthToSpace SpaceToDepth`.split(/\s+/),
)

/** What these give are no floats, whatever goes in. */
const otherOperators = new Set(
  'Shape Size ArgMax ArgMin NonZero Equal Less LessOrEqual Greater GreaterOrEqual Not And Or Xor IsNaN IsInf'.split(' '),
)

export const computesInHalf = (node: NodeProto): boolean => isOp(node, ...halfOperators)

type Type = 'float' | 'half' | 'other'

/** `keep` are results that stay in floats, and so does what has a weight that no half holds. Throws MODEL_UNCONVERTIBLE for graphs inside of nodes. */
export function inHalves(written: GraphProto, keep: ReadonlySet<string>, subject: string): GraphProto {
  const graph = withoutConstantNodes(written)
  refuseInner(graph, subject)
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
  const outputs = new Set(graph.output.map(({ name }) => name))
  const types = new Map<string, Type>()
  for (const { name, type } of graph.input) types.set(name, type?.tensorType?.elemType === elementTypes.float32 ? 'float' : 'other')
  for (const [name, { dataType }] of constants) types.set(name, dataType === elementTypes.float32 ? 'float' : 'other')
  const nodes: NodeProto[] = []
  const tensors: TensorProto[] = []
  const made = new Set<string>()
  const halfOf = (name: string): string => {
    if (types.get(name) !== 'float') return name
    const half = `${name}/half`
    if (made.has(half)) return half
    made.add(half)
    const tensor = constants.get(name)
    if (tensor) tensors.push(halfTensor(tensor, half, subject))
    else nodes.push(cast(name, half, elementTypes.float16))
    return half
  }
  const floatOf = (name: string): string => {
    if (types.get(name) !== 'half') return name
    const float = `${name}/float`
    if (!made.has(float)) nodes.push(cast(name, float, elementTypes.float32))
    made.add(float)
    return float
  }
  const overflows = (name: string) => {
    const tensor = constants.get(name)
    const values = tensor?.dataType === elementTypes.float32 ? floatsOf(tensor) : null
    // 65520 and more round to infinity.
    return values?.some((value) => !(Math.abs(value) < 65520)) ?? false
  }
  for (const node of graph.node) {
    const floats = node.input.some((name) => ['float', 'half'].includes(types.get(name) ?? 'other'))
    if (floats && computesInHalf(node) && !keep.has(node.output[0]!) && !node.input.some(overflows)) {
      const input = node.input.map(halfOf)
      // What leaves the graph is a float under its old name, and a half beside it.
      const output = node.output.map((name) => (outputs.has(name) ? `${name}/half` : name))
      nodes.push({ ...node, input, output })
      for (const [i, name] of node.output.entries()) {
        if (output[i] !== name) {
          nodes.push(cast(output[i]!, name, elementTypes.float32))
          made.add(output[i]!)
        }
        types.set(name, output[i] === name ? (i > 0 && isOp(node, 'MaxPool') ? 'other' : 'half') : 'float')
      }
    } else {
      nodes.push({ ...node, input: isOp(node, 'Cast') ? node.input : node.input.map(floatOf) })
      for (const name of node.output) types.set(name, floats || isOp(node, 'Cast', 'ConstantOfShape') ? typeAfter(node) : 'other')
    }
  }
  return withoutUnused({ ...graph, node: nodes, initializer: [...graph.initializer, ...tensors], valueInfo: [] })
}

function typeAfter(node: NodeProto): Type {
  if (isOp(node, 'Cast'))
    return { [elementTypes.float32]: 'float' as const, [elementTypes.float16]: 'half' as const }[intOf(node, 'to', 0)] ?? 'other'
  return isOp(node, ...otherOperators) ? 'other' : 'float'
}

function cast(from: string, to: string, type: number): NodeProto {
  return { opType: 'Cast', name: to, input: [from], output: [to], attribute: [{ name: 'to', type: 2, i: type }] }
}

function halfTensor(tensor: TensorProto, name: string, subject: string): TensorProto {
  const values = floatsOf(tensor)
  if (!values) throw new ModelError('MODEL_UNCONVERTIBLE', `${subject}: the numbers of ${tensor.name} cannot be read`)
  return tensorWith(name, Uint16Array.from(values, toHalf), dimsOf(tensor))
}

function refuseInner({ node }: GraphProto, subject: string): void {
  const inner = node.find(({ attribute }) => attribute.some(({ g, graphs }) => g || (graphs && graphs.length > 0)))
  if (!inner) return
  throw new ModelError('MODEL_UNCONVERTIBLE', `${subject} has a graph inside of its ${inner.opType} (${inner.name ?? inner.output[0]})`, {
    hint: 'export it without branches and loops',
  })
}
