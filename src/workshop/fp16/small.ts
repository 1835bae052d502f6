/**
 * Results that halves make zero: what is kept away from zero by a number that no half holds exactly (the 1e-12 of `F.normalize`, an ε), and what is
 * divided by it. In halves a black picture's norm is 0 ÷ 0.
 */

import type { GraphProto, NodeProto } from '../../models/onnx/schema.js'
import { floatsOf, isOp } from '../../models/onnx/view.js'

/** The least number that a half holds with all its bits. */
const leastNormal = 2 ** -14

/** Names of the first outputs of the nodes that stay in floats. `graph` has no Constant nodes, and its nodes are in order. */
export function smallIn({ node, initializer }: GraphProto): ReadonlySet<string> {
  const guards = new Set(
    initializer.flatMap((tensor) => {
      const values = floatsOf(tensor)
      const [value = 0] = values ?? []
      return values?.length === 1 && value !== 0 && Math.abs(value) < leastNormal ? [tensor.name ?? ''] : []
    }),
  )
  const guarded = new Set<string>()
  const kept = new Set<string>()
  for (const one of node) {
    const [output = ''] = one.output
    const guardsHere = isOp(one, 'Clip', 'Max', 'Add', 'Sub') && one.input.some((name) => guards.has(name))
    if (!guardsHere && !one.input.some((name) => guarded.has(name))) continue
    kept.add(output)
    if (guardsHere || movesOn(one)) guarded.add(output)
  }
  return kept
}

/** What it gives is as near to zero as what it takes, or as far away. */
const movesOn = (node: NodeProto): boolean =>
  isOp(node, ...'Expand Reshape Squeeze Unsqueeze Identity Transpose Tile Sqrt Pow Reciprocal Cast'.split(' '))
