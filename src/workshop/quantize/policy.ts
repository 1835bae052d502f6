/**
 * Which operators work on bytes, and which tensors share a scale. A ReLU, or a Clip from 0, behind such an operator costs nothing: the
 * smallest byte stands for 0 and the range ends where the Clip does, so rounding does what they did. The head (global pooling and
 * what follows) stays in floats, and so does every operator that has no exact meaning on bytes. Linear layers take bytes and give floats: what comes
 * between those of a transformer (norms, attention) is computed in floats.
 */

import { elementTypes } from '../../models/onnx/element-types.js'
import type { GraphProto, NodeProto } from '../../models/onnx/schema.js'
import { floatsOf, type GraphView, intOf, isOp, viewOf } from '../../models/onnx/view.js'
import type { ValueTypes } from '../settle.js'
import { normOf } from './fold.js'
import { isLinear } from './linear.js'

export interface ByteNode {
  readonly node: NodeProto
  /** Tensors that come in as bytes. */
  readonly from: readonly string[]
  /** The value it gives, that of its ReLU or Clip where there is one; null: it gives floats, as linear layers do. */
  readonly to: string | null
  /** The ReLU or Clip that it makes needless. */
  readonly end: NodeProto | null
}

export interface Policy {
  readonly byNode: ReadonlyMap<NodeProto, ByteNode>
  /** Nodes that go because the one before does their work. */
  readonly gone: ReadonlySet<NodeProto>
  /** For each tensor of bytes the one whose scale it has: bytes are copied or compared, never computed with, between them. */
  readonly group: ReadonlyMap<string, string>
}

/** `keep` names nodes that must stay in floats; `types` are those of all values, since sizes are computed with the same operators. */
export function policyOf(graph: GraphProto, keep: ReadonlySet<string>, { types, ranks }: ValueTypes): Policy {
  const view = viewOf(graph)
  const inner = leadsToLayer(view)
  const before = leadsToConvolution(view)
  const byNode = new Map<NodeProto, ByteNode>()
  const gone = new Set<NodeProto>()
  for (const node of graph.node) {
    if (keep.has(node.name ?? '') || types.get(node.output[0]!) !== elementTypes.float32) continue
    if (inner.has(node) && isLinear(node, view)) byNode.set(node, { node, from: node.input.slice(0, 1), to: null, end: null })
    if (!takesBytes(node, view, before)) continue
    // It becomes a convolution, which takes maps: that of a vector, in a head or behind a linear layer, is none.
    if (isOp(node, 'BatchNormalization') && ranks.get(node.output[0]!) !== 4) continue
    const end = endOf(node, view)
    if (end) gone.add(end)
    const from = ['Conv', 'BatchNormalization'].includes(node.opType) ? node.input.slice(0, 1) : node.input
    byNode.set(node, { node, from, to: (end ?? node).output[0]!, end })
  }
  return { byNode, gone, group: groupsOf(byNode, view) }
}

function takesBytes(node: NodeProto, view: GraphView, before: ReadonlySet<NodeProto>): boolean {
  const flows = (names: readonly string[]) => names.every((name) => name !== '' && !view.constants.has(name))
  const constant = (name: string | undefined) => name === undefined || name === '' || floatsOf(view.constants.get(name) ?? nothing) !== null
  if (isOp(node, 'Conv')) return flows(node.input.slice(0, 1)) && constant(node.input[1]) && constant(node.input[2])
  if (isOp(node, 'BatchNormalization')) return flows(node.input.slice(0, 1)) && normOf(node, view) !== null
  if (isOp(node, 'Concat')) return intOf(node, 'axis', 0) === 1 && flows(node.input) && before.has(node)
  if (isOp(node, 'MaxPool')) return node.output.length === 1 && before.has(node)
  if (isOp(node, 'Add', 'AveragePool', 'GlobalAveragePool')) return flows(node.input) && before.has(node)
  // Squeeze and excitation: each map times its weight.
  if (isOp(node, 'Mul'))
    return flows(node.input) && before.has(node) && node.input.some((name) => isOp(view.producers.get(name), 'Conv', 'Relu', 'Clip'))
  return false
}

const nothing = { dims: [1], dataType: 0 }

/** The nodes from which a way leads to another layer: the last linear one decides, and stays in floats. */
function leadsToLayer(view: GraphView): ReadonlySet<NodeProto> {
  const found = new Set<NodeProto>()
  for (const node of view.graph.node.toReversed()) {
    const users = node.output.flatMap((value) => view.consumers.get(value) ?? [])
    if (users.some((user) => found.has(user) || isOp(user, 'Conv') || isLinear(user, view))) found.add(node)
  }
  return found
}

/** The nodes from which a way leads to a convolution: what comes after the last one is the head. */
function leadsToConvolution(view: GraphView): ReadonlySet<NodeProto> {
  const ends = residualEnds(view)
  const found = new Set<NodeProto>()
  for (const node of view.graph.node.toReversed()) {
    const users = node.output.flatMap((value) => view.consumers.get(value) ?? [])
    if (users.some((user) => isOp(user, 'Conv') || found.has(user)) || ends.has(node)) found.add(node)
  }
  return found
}

/**
 * The last sum, concatenation or pooling of maps belongs to the body: bytes go into it, and it is as dear as a layer. Sums of anything but maps
 * of convolutions (tokens of a transformer, vectors of a head) do not.
 */
function residualEnds({ graph }: GraphView): ReadonlySet<NodeProto> {
  const maps = new Set<string>()
  const ends = new Set<NodeProto>()
  for (const node of graph.node) {
    const follows = node.input.some((name) => maps.has(name))
    const sums = isOp(node, 'Add', 'Concat', 'MaxPool')
    if (sums && follows) ends.add(node)
    if (isOp(node, 'Conv', 'BatchNormalization') || (follows && (sums || isOp(node, 'Relu', 'Clip', 'Mul', 'AveragePool'))))
      maps.add(node.output[0]!)
  }
  return ends
}

function endOf(node: NodeProto, view: GraphView): NodeProto | null {
  if (!isOp(node, 'Conv', 'Add', 'BatchNormalization')) return null
  const next = view.only(node.output[0]!)
  if (isOp(next, 'Relu')) return next
  if (!next || !isOp(next, 'Clip')) return null
  const low = view.constants.get(next.input[1] ?? '')
  return low && floatsOf(low)?.[0] === 0 ? next : null
}

/**
 * Maxima hand bytes on as they are: what goes in has the scale of what comes out. So does a concatenation, for what goes nowhere but into
 * concatenations; what is also used elsewhere (the skips of a U-Net) would lose its finer steps there, and is rounded again instead.
 */
function groupsOf(byNode: ReadonlyMap<NodeProto, ByteNode>, view: GraphView): ReadonlyMap<string, string> {
  const parent = new Map<string, string>()
  const rootOf = (name: string): string => {
    const above = parent.get(name) ?? name
    if (above === name) return name
    const root = rootOf(above)
    parent.set(name, root)
    return root
  }
  for (const { node, from, to } of byNode.values()) {
    for (const name of to === null ? from : [...from, to]) if (!parent.has(name)) parent.set(name, name)
    const tied = isOp(node, 'MaxPool') ? from : isOp(node, 'Concat') ? from.filter((name) => onlyJoined(name, view)) : []
    if (to !== null) for (const name of tied) parent.set(rootOf(name), rootOf(to))
  }
  return new Map([...parent.keys()].map((name) => [name, rootOf(name)]))
}

const onlyJoined = (name: string, { consumers }: GraphView) => (consumers.get(name) ?? []).every((node) => isOp(node, 'Concat'))
