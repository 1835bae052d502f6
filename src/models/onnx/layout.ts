/** Where a graph has its channels, told by its first convolution: exporters of Hugging Face leave all four sizes of a picture open. */

import type { GraphProto, NodeProto } from './schema.js'
import { dimsOf, intsOf, isOp, viewOf } from './view.js'

/** What leaves the axes of a picture where they are. */
const steps = 'Cast Identity Pad Resize Clip Sub Add Mul Div BatchNormalization'.split(' ')
const mostNodes = 48

/** Null where no convolution of three channels is found. A convolution takes channels first, always: a graph that takes them last turns them round. */
export function layoutIn(graph: GraphProto, input: string): 'NCHW' | 'NHWC' | null {
  const { constants, consumers } = viewOf(graph)
  const values = [{ value: input, layout: 'NCHW' as 'NCHW' | 'NHWC' }]
  const seen = new Set<NodeProto>()
  for (const { value, layout } of values) {
    for (const node of consumers.get(value) ?? []) {
      if (seen.has(node) || seen.size >= mostNodes || node.input[0] !== value) continue
      seen.add(node)
      const kernel = isOp(node, 'Conv') ? constants.get(node.input[1] ?? '') : undefined
      if (kernel && dimsOf(kernel).length === 4 && dimsOf(kernel)[1] === 3) return layout
      const isTurned = isOp(node, 'Transpose') && intsOf(node, 'perm')?.join() === '0,3,1,2' && layout === 'NCHW'
      if (isTurned || isOp(node, ...steps)) values.push({ value: node.output[0]!, layout: isTurned ? 'NHWC' : layout })
    }
  }
  return null
}
