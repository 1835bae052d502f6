/** Goes through everything a model holds: its graph, the graphs inside of nodes (If, Loop), its functions. */

import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from './schema.js'

export interface Visitor {
  node?(node: NodeProto): void
  tensor?(tensor: TensorProto): void
}

/** How deep it goes is bounded by the decoder. */
export function walkModel({ graph, functions }: ModelProto, see: Visitor): void {
  if (graph) walkGraph(graph, see)
  for (const made of functions ?? []) for (const node of made.node) walkNode(node, see)
}

function walkGraph(graph: GraphProto, see: Visitor): void {
  for (const tensor of graph.initializer) see.tensor?.(tensor)
  for (const sparse of graph.sparseInitializer ?? []) {
    if (sparse.values) see.tensor?.(sparse.values)
    if (sparse.indices) see.tensor?.(sparse.indices)
  }
  for (const node of graph.node) walkNode(node, see)
}

function walkNode(node: NodeProto, see: Visitor): void {
  see.node?.(node)
  for (const attribute of node.attribute) walkAttribute(attribute, see)
}

function walkAttribute(attribute: AttributeProto, see: Visitor): void {
  if (attribute.t) see.tensor?.(attribute.t)
  for (const tensor of attribute.tensors ?? []) see.tensor?.(tensor)
  if (attribute.g) walkGraph(attribute.g, see)
  for (const graph of attribute.graphs ?? []) walkGraph(graph, see)
}
