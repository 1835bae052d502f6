/**
 * A graph said in operators of version 23, the first that has Attention. Every operator of it is looked at: one that means the same in both is
 * kept, one whose words changed is translated, and one that is neither keeps the whole graph as it is. So does one that CUDA has no kernel for in
 * its newer version (docs/OperatorKernels.md of ONNX Runtime): it would be computed on the CPU, and cost more than attention gains.
 */

import { type ModelProto, type NodeProto, type TensorProto, toNumber } from '../schema.js'
import { attribute, holdsGraphs, intOf, intsOf, tensorWith } from '../view.js'

const attentionVersion = 23
/** Since then axes are inputs and a softmax is that of one axis. */
const oldest = 13

/** They have no newer version. */
const unchanged = new Set(
  `Abs And ArgMax ArgMin Ceil Clip Concat DepthToSpace Einsum Erf Exp Expand Floor Gather GatherElements GatherND Gemm Greater Less Log LogSoftmax MatMul
  Max Mean Min Mod Neg Not Or Range Reciprocal ReduceSum Sigmoid Sign Slice Softmax SpaceToDepth Sqrt Sum Tanh Tile Xor`.split(/\s+/),
)

/** Newer versions know more types, or more attributes that may be left out. Those of them that only work on shapes are computed on the CPU in any case. */
const widened = new Set(
  `Add Sub Mul Div Relu LeakyRelu PRelu Pow Where GreaterOrEqual LessOrEqual Equal Cast Constant ConstantOfShape Identity Reshape Shape Size Squeeze
  Unsqueeze Transpose Conv HardSigmoid HardSwish Gelu LayerNormalization ScatterElements ScatterND Resize`.split(/\s+/),
)

/** Their axes became an input in version 18. */
const reduced = new Set(
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare'.split(' '),
)

/** Null: it cannot be said in that version. */
export function inAttentionVersion(model: ModelProto): ModelProto | null {
  const standard = model.opsetImport.find(({ domain }) => (domain ?? '') === '')
  const version = standard ? toNumber(standard.version) : 0
  if (version < oldest || version > attentionVersion || model.functions?.length) return null
  const graph = model.graph!
  const tensors: TensorProto[] = []
  const node: NodeProto[] = []
  for (const one of graph.node) {
    if (holdsGraphs(one)) return null
    const said = (one.domain ?? '') !== '' ? other(one) : version === attentionVersion ? one : translated(one, version, tensors)
    if (!said) return null
    node.push(said)
  }
  const opsetImport = model.opsetImport.map((one) => (one === standard ? { ...one, version: attentionVersion } : one))
  return { ...model, opsetImport, graph: { ...graph, node, initializer: [...graph.initializer, ...tensors], valueInfo: [] } }
}

/** Operators of the runtime and of classical learning have versions of their own; `ai.onnx` is the standard by another name. */
const other = (node: NodeProto): NodeProto | null => (node.domain === 'ai.onnx' ? null : node)

function translated(node: NodeProto, version: number, tensors: TensorProto[]): NodeProto | null {
  const { opType } = node
  if (unchanged.has(opType) || widened.has(opType)) return node
  if (reduced.has(opType)) {
    const axes = intsOf(node, 'axes')
    if (version >= 18 || !axes) return node
    const name = `${node.output[0]}/axes`
    tensors.push(tensorWith(name, BigInt64Array.from(axes, BigInt), [axes.length]))
    return { ...node, input: [node.input[0]!, name], attribute: node.attribute.filter((one) => one.name !== 'axes') }
  }
  if (opType === 'Split') {
    if (node.input[1] || attribute(node, 'num_outputs')) return node
    return { ...node, attribute: [...node.attribute, { name: 'num_outputs', type: 2, i: node.output.length }] }
  }
  // What the last window is, where it reaches over the end, has changed.
  if (opType === 'AveragePool') return intOf(node, 'ceil_mode', 0) === 0 ? node : null
  // Further outputs are for training.
  if (opType === 'BatchNormalization') return node.output.length === 1 && intOf(node, 'training_mode', 0) === 0 ? node : null
  return null
}
