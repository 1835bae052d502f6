/** Makes a graph ready: steps that do nothing go, zeros around a picture and a BatchNorm behind it become part of a convolution, in float64. */

import { withoutDead, withoutIdle } from '../../models/onnx/idle.js'
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../../models/onnx/schema.js'
import {
  attribute,
  dimsOf,
  floatOf,
  floatsOf,
  type GraphView,
  intOf,
  intsOf,
  isOp,
  tensorWith,
  viewOf,
  wholesOf,
  withoutConstantNodes,
  withoutUnused,
} from '../../models/onnx/view.js'

export function folded(graph: GraphProto): GraphProto {
  return withoutUnused(withoutDead(foldNorms(foldPads(withoutIdle(withoutConstantNodes(graph))))))
}

/** Zeros around height and width, where nobody but convolutions sees them. */
function foldPads(graph: GraphProto): GraphProto {
  const view = viewOf(graph)
  const changed = new Map<NodeProto, NodeProto>()
  for (const pad of graph.node) {
    const [output = ''] = pad.output
    const users = view.consumers.get(output) ?? []
    const around = isOp(pad, 'Pad') && !view.outputs.has(output) ? zerosAround(pad, view) : null
    if (!around || users.length === 0 || !users.every((user) => isOp(user, 'Conv') && user.input[0] === output)) continue
    const wider = users.map((user) => withPads(user, around, pad.input[0]!))
    if (wider.every((one) => one !== null)) for (const [i, user] of users.entries()) changed.set(user, wider[i]!)
  }
  return { ...graph, node: graph.node.map((one) => changed.get(one) ?? one) }
}

/** [top, left, bottom, right]; null when it is anything else. */
function zerosAround(pad: NodeProto, view: GraphView): readonly number[] | null {
  const mode = attribute(pad, 'mode')?.s
  const [, pads = '', value = '', axes = ''] = pad.input
  const constant = value === '' ? 0 : floatsOf(view.constants.get(value) ?? { dims: [], dataType: 0 })?.[0]
  const tensor = view.constants.get(pads)
  const said = tensor && wholesOf(tensor)
  if ((mode && mode.length > 0 && new TextDecoder().decode(mode) !== 'constant') || constant !== 0 || axes !== '' || said?.length !== 8)
    return null
  const [n0, c0, top, left, n1, c1, bottom, right] = said
  if (n0 !== 0 || c0 !== 0 || n1 !== 0 || c1 !== 0 || said.some((one) => one < 0)) return null
  return [top!, left!, bottom!, right!]
}

function withPads(conv: NodeProto, around: readonly number[], input: string): NodeProto | null {
  const auto = attribute(conv, 'auto_pad')?.s
  const way = auto && auto.length > 0 ? new TextDecoder().decode(auto) : 'NOTSET'
  if (!['NOTSET', 'VALID'].includes(way)) return null
  const own = way === 'VALID' ? [0, 0, 0, 0] : (intsOf(conv, 'pads') ?? [0, 0, 0, 0])
  if (own.length !== 4) return null
  const pads: AttributeProto = { name: 'pads', type: 7, ints: own.map((one, i) => one + around[i]!) }
  const kept = conv.attribute.filter(({ name }) => name !== 'pads' && name !== 'auto_pad')
  return { ...conv, input: [input, ...conv.input.slice(1)], attribute: [...kept, pads] }
}

export interface Norm {
  readonly scale: Float64Array
  readonly shift: Float64Array
}

/** A BatchNorm as one factor and one summand a channel; null when its numbers are not constant, or not those it takes. */
export function normOf(node: NodeProto, view: GraphView): Norm | null {
  const parts = node.input.slice(1, 5).map((name) => view.constants.get(name))
  const [gamma, beta, mean, variance] = parts.map((tensor) => tensor && floatsOf(tensor))
  if (!gamma || !beta || !mean || !variance || node.output.slice(1).some((name) => name !== '')) return null
  if (intOf(node, 'training_mode', 0) !== 0) return null
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
