/** A graph without the nodes that do nothing, and without those that nobody needs. */

import type { GraphProto, NodeProto } from './schema.js'
import { isOp, usedBy, usedInside, viewOf } from './view.js'

/** Identity, and Dropout, which does nothing outside of training. */
export function withoutIdle(graph: GraphProto): GraphProto {
  const view = viewOf(graph)
  const inside = new Set(graph.node.flatMap(usedInside))
  const renamed = new Map<string, string>()
  const node: NodeProto[] = []
  for (const one of graph.node) {
    const input = one.input.map((name) => renamed.get(name) ?? name)
    const [output = ''] = one.output
    const idle =
      isOp(one, 'Identity', 'Dropout') &&
      !view.outputs.has(output) &&
      !inside.has(output) &&
      one.output.slice(1).every((name) => !view.consumers.has(name))
    if (idle) renamed.set(output, input[0]!)
    else node.push({ ...one, input })
  }
  return { ...graph, node }
}

/** Without nodes whose values nobody uses: no operator does anything else. */
export function withoutDead(graph: GraphProto): GraphProto {
  const used = new Set(graph.output.map(({ name }) => name))
  const kept: NodeProto[] = []
  for (const node of graph.node.toReversed()) {
    if (!node.output.some((name) => used.has(name))) continue
    for (const name of usedBy(node)) used.add(name)
    kept.push(node)
  }
  return { ...graph, node: kept.reverse() }
}
