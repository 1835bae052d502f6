/**
 * Attention written out as products and a softmax becomes the operator Attention of version 23: a device that has a kernel for it computes it
 * at once, and the scores of all tokens with all others are never written to memory. The answers are the same but for rounding.
 */

import { withoutDead, withoutIdle } from '../idle.js'
import { inlined } from '../inline.js'
import type { AttributeProto, GraphProto, ModelProto, NodeProto } from '../schema.js'
import { isOp, viewOf, withoutConstantNodes, withoutUnused } from '../view.js'
import { knownOf } from './known.js'
import { type Found, foundAt } from './match.js'
import { inAttentionVersion } from './version.js'

export interface Rewritten {
  readonly model: ModelProto
  /** How many were found. */
  readonly count: number
}

/** Null where there is none that is sure, or where the graph cannot be said in the version that has the operator. */
export function withAttention(model: ModelProto): Rewritten | null {
  if (!model.graph?.node.some((node) => isOp(node, 'Softmax'))) return null
  const plain = inlined(withoutConstantNodes(model.graph))
  // What it does in training is asked for by an input.
  if (plain.node.some((node) => isOp(node, 'Dropout') && node.input.length > 2)) return null
  const said = inAttentionVersion({ ...model, graph: withoutIdle(plain) })
  if (!said) return null
  const graph = said.graph!
  const view = viewOf(graph)
  const known = knownOf(graph)
  const found = new Map<NodeProto, Found>()
  for (const node of graph.node) {
    const one = isOp(node, 'Softmax') ? foundAt(node, view, known) : null
    if (one) found.set(one.last, one)
  }
  if (found.size === 0) return null
  const names = new Set([...view.producers.keys(), ...view.constants.keys(), ...graph.input.map(({ name }) => name)])
  const node = graph.node.flatMap((one) => nodesOf(one, found.get(one), names))
  return { model: { ...said, graph: tidy({ ...graph, node }) }, count: found.size }
}

const tidy = (graph: GraphProto): GraphProto => withoutUnused(withoutDead(graph))

function nodesOf(node: NodeProto, found: Found | undefined, names: Set<string>): readonly NodeProto[] {
  if (!found) return [node]
  const { queries, keys, values, mask, scale, rank } = found
  const [output = ''] = node.output
  const turned = keys.perm ? fresh(`${output}/keys`, names) : keys.value
  const turn: readonly NodeProto[] = keys.perm
    ? [
        {
          opType: 'Transpose',
          name: turned,
          input: [keys.value],
          output: [turned],
          attribute: [{ name: 'perm', type: 7, ints: [...keys.perm] }],
        },
      ]
    : []
  const attribute: AttributeProto[] = [{ name: 'scale', type: 1, f: scale }]
  // Without heads each row of the batch is one.
  if (rank === 3) attribute.push(...['q_num_heads', 'kv_num_heads'].map((name): AttributeProto => ({ name, type: 2, i: 1 })))
  const input = [queries, turned, values, ...(mask === null ? [] : [mask])]
  return [...turn, { opType: 'Attention', name: `${output}/attention`, input, output: [output], attribute }]
}

function fresh(wanted: string, names: Set<string>): string {
  let name = wanted
  while (names.has(name)) name += "'"
  names.add(name)
  return name
}
