/** What a graph does first with the pixels of an input: the division by 255, or the mean of a hundred, that it brings itself. */

import { fourDigits } from '../../geometry/round.js'
import type { GraphProto, NodeProto, TensorProto } from './schema.js'
import { floatOf, floatsOf, type GraphView, isOp, viewOf } from './view.js'

/** What moves, chooses, rounds or resamples pixels, which stay grey levels or shares as they were. */
const movers =
  'Transpose Cast Identity Reshape Flatten Squeeze Unsqueeze Slice Gather GatherND GatherElements Pad Resize Upsample Clip Round Floor Ceil Expand Tile Split Concat Max Min Add Sub Mul Div BatchNormalization'.split(
    ' ',
  )
/** Exports that pad, cut, resize and reorder need about a dozen. */
const mostNodes = 48

/** The operator that wants grey levels, 0 to 255, with its number: `Div 255`. Null where the graph shows none. */
export function greyLevelsIn(graph: GraphProto, input: string): string | null {
  const view = viewOf(graph)
  // `gain`: what pixels were multiplied by on the way, since a graph may make grey levels of shares first.
  const values = [{ value: input, gain: 1 }]
  const seen = new Set<NodeProto>()
  for (const { value, gain } of values) {
    for (const node of view.consumers.get(value) ?? []) {
      if (seen.has(node) || seen.size >= mostNodes || !isOp(node, ...movers)) continue
      // Sizes and places that are computed from something else are no pixels.
      if (!isOp(node, 'Concat', 'Max', 'Min', 'Add', 'Sub', 'Mul', 'Div') && node.input[0] !== value) continue
      seen.add(node)
      const step = stepOf(view, node, value, gain)
      if (step === null) continue
      if (step.shows !== null) return `${node.opType} ${fourDigits(step.shows)}`
      for (const output of node.output) if (output !== '') values.push({ value: output, gain: step.gain })
    }
  }
  return null
}

/** What a node multiplies by, and its number where that shows grey levels; null: what comes out is no picture. */
function stepOf(view: GraphView, node: NodeProto, value: string, gain: number): { gain: number; shows: number | null } | null {
  const isFirst = node.input[0] === value
  const number = numberIn(view, node.input[isFirst ? 1 : 0] ?? '')
  const shown = (is: boolean, gained = gain) => ({ gain: gained, shows: is ? number : null })
  switch (node.opType) {
    case 'Clip': {
      const most = node.input[2] ? numberIn(view, node.input[2]) : floatOf(node, 'max', 0)
      return { gain, shows: most !== null && Number.isFinite(most) && most / gain >= 50 && most / gain < 1e4 ? most : null }
    }
    case 'Mul':
      return number === null || number === 0 ? shown(false) : shown(number > 0 && gain * number <= 0.02, gain * Math.abs(number))
    case 'Div':
      // What is divided by the pixels is another thing.
      if (!isFirst) return null
      return number === null || number === 0 ? shown(false) : shown(number > 0 && gain / number <= 0.02, gain / Math.abs(number))
    case 'Sub':
      return shown(isFirst && number !== null && number / gain >= 50)
    case 'Add':
      return shown(number !== null && number / gain <= -50)
    case 'BatchNormalization': {
      // What comes out is no picture any more, unless the mean that it has learned says so.
      const mean = numberIn(view, node.input[3] ?? '')
      return mean !== null && mean / gain >= 50 ? { gain, shows: mean } : null
    }
    default:
      return shown(false)
  }
}

/** The first number of a constant, also of one that is brought into another type or shape. */
function numberIn(view: GraphView, name: string): number | null {
  let tensor: TensorProto | undefined = view.constants.get(name)
  for (let node = view.producers.get(name); !tensor && isOp(node, 'Cast', 'Identity', 'Reshape', 'Unsqueeze', 'Squeeze'); ) {
    tensor = view.constants.get(node!.input[0]!)
    node = view.producers.get(node!.input[0]!)
  }
  const [number] = (tensor && floatsOf(tensor)) ?? []
  return number ?? null
}
