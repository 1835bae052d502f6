/**
 * Two more bundled models, so that a pipeline has several to ask: the colours of a patch as a vector, and how much glass lies around it. No
 * training: arithmetic written as ONNX graphs.
 *
 *     colour        float NCHW, 0 to 1 ─┬─▶ mean ──────────────┬─▶ [mean of red, green, blue, deviation of red, green, blue]
 *                                       └─▶ √(mean of squares − mean²) ─┘
 *     surroundings  uint8 NHWC ─▶ float ─▶ mean of the channels ─▶ soft threshold ─▶ mean ─▶ [glass, tissue]
 */

import { type Graph, newGraph, type Value } from '../../models/onnx/graph.js'

export function colourModel(): Uint8Array {
  const graph = newGraph('colour', 'Mean and standard deviation of red, green and blue of a patch')
  const image = graph.input('image', 'float32', ['N', 3, 'H', 'W'])
  const mean = meanOf(graph, 'mean', image, 3, 2)
  const squares = meanOf(graph, 'mean_of_squares', graph.node('Mul', 'squares', [image, image]), 3, 2)
  const variance = graph.node('Sub', 'variance', [squares, graph.node('Mul', 'square_of_mean', [mean, mean])])
  const deviation = graph.node('Sqrt', 'deviation', [graph.node('Relu', 'not_below_zero', [variance])])
  graph.output(graph.node('Concat', 'moments', [mean, deviation], { axis: 1 }), 'float32', ['N', 6])
  return graph.bytes()
}

/** Lighter than this is glass; the threshold goes from 12 % to 88 % within ± 4 grey levels. */
const glassLevel = 225
const glassSteepness = 0.5

export function surroundingsModel(): Uint8Array {
  const graph = newGraph('surroundings', 'Shares of glass and of tissue in the patch and its eight neighbours')
  const image = graph.input('image', 'uint8', ['N', 'H', 'W', 3])
  const grey = graph.node('ReduceMean', 'grey', [graph.node('Cast', 'pixels', [image], { to: 1 })], { axes: [3], keepdims: 0 })
  const above = graph.node('Sub', 'above', [grey, scalar(graph, 'level', glassLevel)])
  const glass = graph.node('Sigmoid', 'glass', [graph.node('Mul', 'steep', [above, scalar(graph, 'steepness', glassSteepness)])])
  const share = graph.node('Unsqueeze', 'share', [meanOf(graph, 'mean', glass, 2, 1), graph.constant('last', new BigInt64Array([1n]))])
  const rest = graph.node('Sub', 'rest', [scalar(graph, 'one', 1), share])
  graph.output(graph.node('Concat', 'around', [share, rest], { axis: 1 }), 'float32', ['N', 2])
  return graph.bytes()
}

/** By lines first: one long float32 sum of thousands of pixels would lose the last digits. */
function meanOf(graph: Graph, name: string, picture: Value, first: number, second: number): Value {
  const lines = graph.node('ReduceMean', `${name}_lines`, [picture], { axes: [first], keepdims: 0 })
  return graph.node('ReduceMean', name, [lines], { axes: [second], keepdims: 0 })
}

const scalar = (graph: Graph, name: string, value: number): Value => graph.constant(name, new Float32Array([value]), [])
