/**
 * What is known of the values of a graph without running it: types, sizes, and the numbers that are worked out from sizes. Exports say of few
 * values what shape they have, and nobody vouches for what they say: so it is worked out here, operator by operator. What no rule tells
 * is not known, and nothing is concluded from it.
 */

import { elementTypes } from '../element-types.js'
import { type GraphProto, type NodeProto, toNumber } from '../schema.js'
import { attribute, intOf, intsOf, isOp } from '../view.js'
import { type Known, mostValues, ofTensor } from './known-value.js'
import { broadcast, isNumber, isOne, numeric, open, over, product, type Size } from './size.js'
import { valuesOf } from './values.js'

/** A graph may make ranks as large as it likes. */
const mostDims = 16

/** By the names of values; those of which nothing is known are not there. */
export function knownOf(graph: GraphProto): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>()
  for (const { name, type } of graph.input) {
    const tensor = type?.tensorType
    if (!tensor?.shape) continue
    // Of two inputs nobody checks that sizes of one name are equal: each has its own.
    const dims = tensor.shape.dim.map((dim, axis) =>
      dim.value === 'dimValue' && toNumber(dim.dimValue ?? 0) > 0 ? numeric(toNumber(dim.dimValue!)) : open(`${name}.${axis}`),
    )
    known.set(name, { type: tensor.elemType, dims })
  }
  for (const tensor of graph.initializer) known.set(tensor.name ?? '', ofTensor(tensor))
  for (const node of graph.node) for (const [name, value] of resultsOf(node, known)) if (name !== '') known.set(name, value)
  return known
}

/** All numbers in, all numbers out. */
const alike = new Set(
  `Abs Neg Exp Log Sqrt Erf Gelu Relu LeakyRelu Elu Selu Sigmoid HardSigmoid HardSwish Tanh Softplus Softmax LogSoftmax Identity Clip Reciprocal Floor
  Ceil LayerNormalization BatchNormalization RMSNormalization`.split(/\s+/),
)
const binary = new Set('Add Sub Mul Div Pow Min Max Mod'.split(' '))
const compared = new Set('Equal Less Greater LessOrEqual GreaterOrEqual'.split(' '))
const reduced = /^Reduce/

/** What is known of the outputs of a node. */
function resultsOf(node: NodeProto, known: ReadonlyMap<string, Known>): readonly (readonly [string, Known])[] {
  if (!isOp(node, node.opType)) return []
  const { opType } = node
  const given = node.input.map((name) => known.get(name))
  const [x, y] = given
  const [output = ''] = node.output
  const fresh = (axis: number) => open(`?${output}.${axis}`)
  const one = (type: number, dims: readonly Size[] | null, values?: readonly Size[] | null) =>
    dims && dims.length <= mostDims
      ? ([[output, { type, dims, values: values && values.length <= mostValues ? values : undefined }]] as const)
      : []
  const values = valuesOf(node, given)
  if (opType === 'Shape' && x) return one(elementTypes.int64, values ? [numeric(values.length)] : null, values)
  if (opType === 'ConstantOfShape' && x?.values) {
    const type = attribute(node, 'value')?.t?.dataType ?? elementTypes.float32
    return one(type, x.values, values)
  }
  if (!x) return []
  if (alike.has(opType)) return one(x.type, x.dims, values)
  if (binary.has(opType)) return y ? one(x.type, broadcast(x.dims, y.dims, fresh), values) : []
  if (compared.has(opType)) return y ? one(elementTypes.bool, broadcast(x.dims, y.dims, fresh), values) : []
  if (reduced.test(opType)) return one(x.type, reducedDims(node, given))
  switch (opType) {
    case 'Cast':
      return one(intOf(node, 'to', 0), x.dims, values)
    case 'Where': {
      const [, yes, no] = given
      const dims = yes && no && broadcast(yes.dims, no.dims, fresh)
      return dims ? one(yes.type, broadcast(x.dims, dims, fresh), values) : []
    }
    case 'Expand':
      return y?.values ? one(x.type, broadcast(x.dims, y.values, fresh), values) : []
    case 'Reshape':
      return y?.values ? one(x.type, reshaped(x.dims, y.values, intOf(node, 'allowzero', 0)), values) : []
    case 'Transpose': {
      const perm = intsOf(node, 'perm') ?? x.dims.map((_, i) => x.dims.length - 1 - i)
      const isWhole = perm.length === x.dims.length && x.dims.every((_, i) => perm.includes(i))
      return one(x.type, isWhole ? perm.map((axis) => x.dims[axis]!) : null)
    }
    case 'Flatten': {
      const axis = intOf(node, 'axis', 1)
      return axis >= 0 ? one(x.type, [product(x.dims.slice(0, axis)), product(x.dims.slice(axis))]) : []
    }
    case 'Squeeze':
    case 'Unsqueeze':
      return one(x.type, y?.values ? squeezed(opType === 'Squeeze', x.dims, y.values) : null, values)
    case 'Gather': {
      const axis = axisOf(node, 0, x.dims)
      return y && axis !== null ? one(x.type, [...x.dims.slice(0, axis), ...y.dims, ...x.dims.slice(axis + 1)], values) : []
    }
    case 'Concat':
      return one(x.type, joined(node, given, fresh), values)
    case 'Slice':
      return one(x.type, sliced(given, fresh), values)
    case 'Split':
      return split(node, given).map((dims, i) => [node.output[i]!, { type: x.type, dims }] as const)
    case 'MatMul': {
      if (!y || x.dims.length < 2 || y.dims.length < 2) return []
      const before = broadcast(x.dims.slice(0, -2), y.dims.slice(0, -2), fresh)
      return one(x.type, before && [...before, x.dims.at(-2)!, y.dims.at(-1)!])
    }
    case 'Gemm': {
      if (x.dims.length !== 2 || y?.dims.length !== 2) return []
      return one(x.type, [x.dims[intOf(node, 'transA', 0) ? 1 : 0]!, y.dims[intOf(node, 'transB', 0) ? 0 : 1]!])
    }
    case 'Resize':
      return !attribute(node, 'axes') && !attribute(node, 'keep_aspect_ratio_policy') ? one(x.type, given[3]?.values ?? null) : []
    case 'Conv':
      return y ? one(x.type, convolved(node, x.dims, y.dims, fresh)) : []
    default:
      return []
  }
}

function axisOf(node: NodeProto, otherwise: number, dims: readonly Size[]): number | null {
  const axis = intOf(node, 'axis', otherwise)
  const from0 = axis < 0 ? axis + dims.length : axis
  return from0 >= 0 && from0 < dims.length ? from0 : null
}

function reshaped(dims: readonly Size[], wanted: readonly Size[], allowZero: number): readonly Size[] | null {
  const all = product(dims)
  const made: (Size | null)[] = []
  for (const [i, size] of wanted.entries()) {
    const isZero = isNumber(size) && size.n === 0
    if (isZero && (allowZero !== 0 || dims[i] === undefined)) return null
    made.push(isZero ? dims[i]! : isNumber(size) && size.n === -1 ? null : size)
  }
  const rest = over(all, product(made.filter((size) => size !== null)))
  if (made.filter((size) => size === null).length > 1 || (made.includes(null) && rest === null)) return null
  return made.map((size) => size ?? rest!)
}

function squeezed(away: boolean, dims: readonly Size[], values: readonly Size[]): readonly Size[] | null {
  const rank = away ? dims.length : dims.length + values.length
  const axes = values.map(({ n }) => (n < 0 ? n + rank : n))
  if (!values.every(isNumber) || axes.some((axis) => axis < 0 || axis >= rank) || new Set(axes).size < axes.length) return null
  if (away) return axes.every((axis) => isOne(dims[axis]!)) ? dims.filter((_, axis) => !axes.includes(axis)) : null
  const rest = [...dims]
  return Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? numeric(1) : rest.shift()!))
}

function joined(node: NodeProto, given: readonly (Known | undefined)[], fresh: (axis: number) => Size): readonly Size[] | null {
  const all = given.map((one) => one?.dims)
  const [first] = all
  const axis = first ? axisOf(node, 0, first) : null
  if (!first || axis === null || all.some((dims) => dims?.length !== first.length)) return null
  const along = all.map((dims) => dims![axis]!)
  const sum = along.every(isNumber) ? numeric(along.reduce((total, { n }) => total + n, 0)) : fresh(axis)
  return first.map((size, i) => (i === axis ? sum : size))
}

/** Ends as large as these mean: to the end. */
const endless = 2 ** 31 - 1

function sliced([x, starts, ends, axes, steps]: readonly (Known | undefined)[], fresh: (axis: number) => Size): readonly Size[] | null {
  const [from, to] = [starts?.values, ends?.values]
  if (!x || !from || !to || from.length !== to.length || ![...from, ...to].every(isNumber)) return null
  const along = axes ? axes.values : from.map((_, i) => numeric(i))
  const by = steps ? steps.values : from.map(() => numeric(1))
  if (along?.length !== from.length || by?.length !== from.length || !along.every(isNumber)) return null
  const dims = [...x.dims]
  for (const [i, { n }] of along.entries()) {
    const axis = n < 0 ? n + dims.length : n
    const size = dims[axis]
    if (!size) return null
    const [start, end] = [from[i]!.n, to[i]!.n]
    if (isOne(by[i]!) && start === 0 && end >= endless) continue
    if (!isNumber(size) || !isOne(by[i]!)) {
      dims[axis] = fresh(axis)
      continue
    }
    const bound = (place: number) => Math.min(Math.max(place < 0 ? place + size.n : place, 0), size.n)
    dims[axis] = numeric(Math.max(bound(end) - bound(start), 0))
  }
  return dims
}

function split(node: NodeProto, [x, sizes]: readonly (Known | undefined)[]): readonly (readonly Size[])[] {
  const axis = x ? axisOf(node, 0, x.dims) : null
  if (!x || axis === null) return []
  const whole = x.dims[axis]!
  const even = over(whole, numeric(node.output.length))
  const parts = node.input[1] ? sizes?.values : even && node.output.map(() => even)
  if (parts?.length !== node.output.length) return []
  return parts.map((part) => x.dims.map((size, i) => (i === axis ? part : size)))
}

function reducedDims(node: NodeProto, [x, given]: readonly (Known | undefined)[]): readonly Size[] | null {
  const axes = intsOf(node, 'axes') ?? (node.input[1] ? given?.values?.filter(isNumber).map(({ n }) => n) : undefined)
  if (!x || !axes || axes.length === 0) return null
  const away = new Set(axes.map((axis) => (axis < 0 ? axis + x.dims.length : axis)))
  const keep = intOf(node, 'keepdims', 1) !== 0
  return x.dims.flatMap((size, axis) => (!away.has(axis) ? [size] : keep ? [numeric(1)] : []))
}

function convolved(node: NodeProto, x: readonly Size[], w: readonly Size[], fresh: (axis: number) => Size): readonly Size[] | null {
  if (x.length !== w.length || x.length < 3) return null
  const spatial = x.slice(2)
  const of = (name: string, otherwise: number) => intsOf(node, name) ?? spatial.map(() => otherwise)
  const [strides, dilations] = [of('strides', 1), of('dilations', 1)]
  const pads = intsOf(node, 'pads') ?? spatial.flatMap(() => [0, 0])
  const isPlain = new TextDecoder().decode(attribute(node, 'auto_pad')?.s ?? new Uint8Array()).replace('NOTSET', '') === ''
  const made = spatial.map((size, i) => {
    const kernel = w[i + 2]!
    if (!isNumber(size) || !isNumber(kernel) || !isPlain) return fresh(i + 2)
    const room = size.n + pads[i]! + pads[i + spatial.length]! - dilations[i]! * (kernel.n - 1) - 1
    return numeric(Math.floor(room / strides[i]!) + 1)
  })
  return [x[0]!, w[0]!, ...made]
}
