/**
 * The bundled model: how much of a patch is background, hematoxylin-rich or eosin-rich, and how sharp it is. No training: the
 * colour deconvolution of Ruifrok and Johnston (2001) written as an ONNX graph, so that the quickstart runs a real model.
 *
 *     uint8 NHWC ─▶ NCHW ─▶ float ─┬─▶ ln(x + 1) ─▶ 1×1 conv: optical density, then stain amounts ─▶ soft shares ─▶ mean
 *                                  └─▶ 3×3 conv: Laplacian of the luma ─▶ log10(1 + variance)
 */

import { type Graph, newGraph, type Value } from '../../models/onnx/graph.js'

/**
 * Optical density (log10) of red, green and blue per unit of stain: Ruifrok and Johnston's hematoxylin, and the eosin that QuPath
 * starts from. (Their own eosin, 0.07 0.99 0.11, is so magenta that most pink muscle comes out as hematoxylin.)
 */
const hematoxylin = [0.65, 0.7, 0.29] as const
const eosin = [0.2159, 0.8012, 0.5581] as const

/** Below this mean optical density a pixel is background: 0.06 is a grey of 222 out of 255. */
const backgroundDensity = 0.06
/** How soft the two decisions are: the logistic goes from 12 % to 88 % within ± 2 / steepness. */
const backgroundSteepness = 100
const stainSteepness = 40

/** ITU-R BT.601, as OpenCV's grey. */
const luma = [0.299, 0.587, 0.114] as const

type Vector = readonly [number, number, number]

const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
const unit = (v: Vector): Vector => {
  const length = Math.hypot(...v)
  return [v[0] / length, v[1] / length, v[2] / length]
}

/** Rows that turn an optical density (R, G, B) into the amounts of hematoxylin and eosin; the third stain is what is left over. */
export function unmixing(): readonly [Vector, Vector] {
  const h = unit(hematoxylin)
  const e = unit(eosin)
  const rest = unit(cross(h, e))
  // the inverse of the matrix with rows h, e, rest; its columns are cross products over the determinant
  const volume = h.reduce((sum, v, i) => sum + v * cross(e, rest)[i]!, 0)
  const scaled = (v: Vector): Vector => [v[0] / volume, v[1] / volume, v[2] / volume]
  return [scaled(cross(e, rest)), scaled(cross(rest, h))]
}

/** The model's bytes: always the same. */
export function stainModel(): Uint8Array {
  const graph = newGraph('stain', 'Stain composition and focus of an H&E patch, by colour deconvolution (Ruifrok and Johnston 2001)')
  const image = graph.input('image', 'uint8', ['N', 'H', 'W', 3])
  const planes = graph.node('Transpose', 'planes', [image], { perm: [0, 3, 1, 2] })
  const pixels = graph.node('Cast', 'pixels', [planes], { to: 1 })
  graph.output(shares(graph, pixels), 'float32', ['N', 3])
  graph.output(focus(graph, pixels), 'float32', ['N', 1])
  return graph.bytes()
}

function shares(graph: Graph, pixels: Value): Value {
  // density = −log10((pixel + 1) / 256): 0 for white, 2.4 for black, never infinite
  const log = graph.node('Log', 'log', [graph.node('Add', 'above_zero', [pixels, scalar(graph, 'one', 1)])])
  const [h, e] = unmixing()
  // three channels: how far the mean density is below the background's, hematoxylin minus eosin (both steepened), in one convolution
  const rows = [[1, 1, 1].map((v) => (-v / 3) * backgroundSteepness), h.map((v, i) => (v - e[i]!) * stainSteepness)]
  const offsets = [backgroundDensity * backgroundSteepness, 0]
  const weights = rows.flatMap((row) => row.map((v) => -v / Math.LN10))
  const biases = rows.map((row, i) => offsets[i]! + row.reduce((sum, v) => sum + v, 0) * Math.log10(256))
  const scores = graph.node('Conv', 'scores', [
    log,
    graph.constant('unmix', new Float32Array(weights), [2, 3, 1, 1]),
    graph.constant('unmix_bias', new Float32Array(biases)),
  ])
  const logistic = graph.node('Sigmoid', 'logistic', [scores])
  const pick = (name: string, from: number) =>
    graph.node('Slice', name, [
      logistic,
      graph.constant(`${name}_from`, new BigInt64Array([BigInt(from)])),
      graph.constant(`${name}_to`, new BigInt64Array([BigInt(from + 1)])),
      graph.constant(`${name}_axis`, new BigInt64Array([1n])),
    ])
  const background = pick('background', 0)
  const tissue = graph.node('Sub', 'tissue', ['one', background])
  const nuclear = graph.node('Mul', 'nuclear', [tissue, pick('more_hematoxylin', 1)])
  const rest = graph.node('Sub', 'rest', [tissue, nuclear])
  const all = graph.node('Concat', 'all', [background, nuclear, rest], { axis: 1 })
  return meanOf(graph, 'classes', all)
}

function focus(graph: Graph, pixels: Value): Value {
  const laplacian = [0, 1, 0, 1, -4, 1, 0, 1, 0]
  const weights = luma.flatMap((share) => laplacian.map((v) => v * share))
  const edges = graph.node('Conv', 'edges', [pixels, graph.constant('laplacian', new Float32Array(weights), [1, 3, 3, 3])])
  const mean = graph.node('Reshape', 'edges_mean', [
    meanOf(graph, 'edges_mean_flat', edges),
    graph.constant('as_picture', new BigInt64Array([-1n, 1n, 1n, 1n])),
  ])
  const centred = graph.node('Sub', 'edges_centred', [edges, mean])
  const squares = graph.node('Mul', 'edges_squared', [centred, centred])
  const variance = meanOf(graph, 'edges_variance', squares)
  const log = graph.node('Log', 'edges_log', [graph.node('Add', 'edges_above_zero', [variance, 'one'])])
  return graph.node('Mul', 'focus', [log, scalar(graph, 'per_ln10', 1 / Math.LN10)])
}

/** The mean over a picture, by lines first: one long float32 sum of 50,000 pixels would lose the fourth digit. */
function meanOf(graph: Graph, name: string, picture: Value): Value {
  const lines = graph.node('ReduceMean', `${name}_lines`, [picture], { axes: [3], keepdims: 0 })
  return graph.node('ReduceMean', name, [lines], { axes: [2], keepdims: 0 })
}

const scalar = (graph: Graph, name: string, value: number): Value => graph.constant(name, new Float32Array([value]), [])
