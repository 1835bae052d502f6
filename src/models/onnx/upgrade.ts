/**
 * A graph of old operators said in those of version 13, which quantising writes: attributes that became inputs, names that changed. Only what is
 * listed is translated; the runtime gives the same numbers for both.
 */

import { type AttributeProto, type GraphProto, type ModelProto, type NodeProto, type TensorProto, toNumber } from './schema.js'
import { attribute, floatOf, intOf, intsOf, isOp, tensorWith, viewOf } from './view.js'

export const upgradedVersion = 13
/** Since then arithmetic broadcasts as NumPy does. */
const oldest = 7

/** They mean in version 13 what they meant in version 7. */
const unchanged = new Set(
  `Conv ConvTranspose Gemm MatMul Relu LeakyRelu PRelu Elu Selu Sigmoid HardSigmoid Tanh Softplus Exp Log Sqrt Neg Abs Floor Ceil Reciprocal Erf Pow
  Add Sub Mul Div Max Min Sum Mean Concat Flatten Reshape Transpose Identity Shape Size Constant ConstantOfShape Expand Tile Gather Cast Where Equal
  Less Greater And Or Not MaxPool AveragePool GlobalAveragePool GlobalMaxPool InstanceNormalization LRN ReduceMean ReduceMax ReduceMin ReduceProd
  ReduceL2 ArgMax ArgMin DepthToSpace SpaceToDepth`.split(/\s+/),
)

interface Made {
  readonly nodes: NodeProto[]
  readonly tensors: TensorProto[]
}

/** The model in operators of version 13 or later, or what cannot be said in them. */
export function upgraded(model: ModelProto): ModelProto | string {
  const standard = model.opsetImport.find(({ domain }) => (domain ?? '') === '' || domain === 'ai.onnx')
  const version = standard ? toNumber(standard.version) : 0
  if (version >= upgradedVersion) return model
  if (version < oldest) return `its operators are of version ${version}`
  const graph = model.graph!
  const made: Made = { nodes: [], tensors: [] }
  for (const node of graph.node) {
    if ((node.domain ?? '') !== '' && node.domain !== 'ai.onnx')
      return `it uses ${node.domain}.${node.opType} and operators of version ${version}`
    if (!translate(node, version, graph, made)) return `its ${node.opType} is of version ${version}`
  }
  const opsetImport = model.opsetImport.map((one) => (one === standard ? { ...one, version: upgradedVersion } : one))
  // A file of that time may say that it has no initialisers that are no inputs.
  const irVersion = Math.max(toNumber(model.irVersion), 7)
  return {
    ...model,
    irVersion,
    opsetImport,
    graph: { ...graph, node: made.nodes, initializer: [...graph.initializer, ...made.tensors], valueInfo: [] },
  }
}

/** False: it is not known how. */
function translate(node: NodeProto, version: number, graph: GraphProto, { nodes, tensors }: Made): boolean {
  const [output = ''] = node.output
  const whole = (name: string, values: readonly number[]) =>
    hold(tensorWith(`${output}/${name}`, BigInt64Array.from(values, BigInt), [values.length]))
  const number = (name: string, value: number) => hold(tensorWith(`${output}/${name}`, new Float32Array([value]), []))
  const hold = (tensor: TensorProto): string => {
    tensors.push(tensor)
    return tensor.name!
  }
  const put = (opType: string, input: readonly string[], without: readonly string[] = [], more: readonly AttributeProto[] = []) => {
    const kept = node.attribute.filter(({ name }) => !without.includes(name))
    nodes.push({ ...node, opType, input: [...input], attribute: [...kept, ...more] })
    return true
  }
  const [x = ''] = node.input
  switch (node.opType) {
    case 'BatchNormalization':
      return intOf(node, 'spatial', 1) === 1 && put('BatchNormalization', node.input, ['spatial'])
    case 'Dropout':
      return put('Dropout', [x], ['ratio', 'seed'])
    case 'Clip': {
      if (version >= 11) return put('Clip', node.input)
      const end = (name: string) => (attribute(node, name) ? number(name, floatOf(node, name, 0)) : '')
      return put('Clip', [x, end('min'), end('max')], ['min', 'max'])
    }
    case 'Pad': {
      const pads = intsOf(node, 'pads')
      if (version >= 11 || !pads) return version >= 11 && put('Pad', node.input)
      return put('Pad', [x, whole('pads', pads), number('value', floatOf(node, 'value', 0))], ['pads', 'value'])
    }
    case 'Slice': {
      if (version >= 10) return put('Slice', node.input)
      const [starts, ends] = [intsOf(node, 'starts') ?? [], intsOf(node, 'ends') ?? []]
      const axes = intsOf(node, 'axes') ?? starts.map((_, i) => i)
      return put('Slice', [x, whole('starts', starts), whole('ends', ends), whole('axes', axes)], ['starts', 'ends', 'axes'])
    }
    case 'Squeeze':
    case 'Unsqueeze':
    case 'ReduceSum':
    case 'Split': {
      const name = node.opType === 'Split' ? 'split' : 'axes'
      const values = intsOf(node, name)
      return put(node.opType, values ? [x, whole(name, values)] : [x], [name])
    }
    case 'Upsample': {
      const scales = attribute(node, 'scales')?.floats
      const given = scales ? hold(tensorWith(`${output}/scales`, Float32Array.from(scales), [scales.length])) : node.input[1]!
      return put('Resize', [x, '', given], ['scales'], asUpsample)
    }
    case 'Resize':
      return version >= 11 ? put('Resize', node.input) : put('Resize', [x, '', node.input[1]!], [], asUpsample)
    case 'Softmax':
    case 'LogSoftmax':
      return softmax(node, graph, nodes)
    default:
      return unchanged.has(node.opType) && put(node.opType, node.input)
  }
}

/** How pixels were found before there was a choice. */
const asUpsample: readonly AttributeProto[] = [
  { name: 'coordinate_transformation_mode', type: 3, s: new TextEncoder().encode('asymmetric') },
  { name: 'nearest_mode', type: 3, s: new TextEncoder().encode('floor') },
]

/** Before version 13 all sizes from the axis on were one: the tensor was made flat, and made whole again. */
function softmax(node: NodeProto, graph: GraphProto, nodes: NodeProto[]): boolean {
  const [x = ''] = node.input
  const [y = ''] = node.output
  const axis = intOf(node, 'axis', 1)
  const add = (opType: string, input: readonly string[], output: string, attributes: AttributeProto[] = []) =>
    nodes.push({ opType, name: `${output}/made`, input: [...input], output: [output], attribute: attributes })
  const along = (i: number): AttributeProto[] => [{ name: 'axis', type: 2, i }]
  if (axis === 1 && isOp(viewOf(graph).producers.get(x), 'Gemm', 'Flatten')) {
    nodes.push({ ...node, attribute: along(1) })
    return true
  }
  add('Shape', [x], `${y}/shape`)
  add('Flatten', [x], `${y}/flat`, along(axis))
  add(node.opType, [`${y}/flat`], `${y}/rows`, along(1))
  add('Reshape', [`${y}/rows`, `${y}/shape`], y)
  return true
}
