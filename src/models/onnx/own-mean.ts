/** The mean of pixels that a graph takes away itself, as exports do that hold their preprocessing (`Normalize`, Keras's `Normalization`). */

import type { GraphProto } from './schema.js'
import { floatsOf, type GraphView, isOp, viewOf } from './view.js'

type Three = readonly [number, number, number]

/** What leaves each pixel's numbers as they are, in whatever order. */
const movers = 'Transpose Cast Identity Reshape Squeeze Unsqueeze Resize Upsample Pad Slice Gather Clip'.split(' ')
const arithmetic = ['Sub', 'Add', 'Mul', 'Div']
/** Exports that divide, resize and normalise need about ten. */
const mostNodes = 24

/**
 * In the units of the input; its channels may come in the other order. Null where the graph shows none: what it does first is no chain of
 * arithmetic, or what it takes away is no mean (a picture of -1 to 1 is moved up).
 */
export function ownMeanIn(graph: GraphProto, input: string): Three | null {
  const view = viewOf(graph)
  let value = input
  let gain: Three = [1, 1, 1]
  for (let step = 0; step < mostNodes; step++) {
    const node = (view.consumers.get(value) ?? []).find((one) => isOp(one, ...movers, ...arithmetic))
    if (!node) return null
    if (isOp(node, ...arithmetic)) {
      const isFirst = node.input[0] === value
      const three = threeIn(view, node.input[isFirst ? 1 : 0] ?? '')
      if (three === null) return null
      if (isOp(node, 'Mul')) gain = each((i) => gain[i]! * three[i]!)
      else if (isOp(node, 'Div')) {
        if (!isFirst) return null
        gain = each((i) => gain[i]! / three[i]!)
      } else {
        if (isOp(node, 'Sub') && !isFirst) return null
        const mean = each((i) => ((isOp(node, 'Add') ? -1 : 1) * three[i]!) / gain[i]!)
        return mean.every((one) => Number.isFinite(one) && one > 0) ? mean : null
      }
    }
    value = node.output[0] ?? ''
  }
  return null
}

const each = (f: (i: 0 | 1 | 2) => number): Three => [f(0), f(1), f(2)]

/** A constant of three numbers, or of one that stands for all. */
function threeIn(view: GraphView, name: string): Three | null {
  let held = view.constants.get(name)
  for (let node = view.producers.get(name); !held && isOp(node, 'Cast', 'Identity', 'Reshape', 'Unsqueeze', 'Squeeze', 'Transpose'); ) {
    held = view.constants.get(node!.input[0]!)
    node = view.producers.get(node!.input[0]!)
  }
  const numbers = held ? floatsOf(held) : null
  if (numbers?.length !== 3 && numbers?.length !== 1) return null
  return each((i) => numbers[numbers.length === 3 ? i : 0]!)
}
