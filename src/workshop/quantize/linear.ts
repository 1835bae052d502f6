/** Linear layers: a product with a constant matrix, as MatMul or Gemm. In bytes they have a scale for each column and give floats. */

import type { NodeProto } from '../../models/onnx/schema.js'
import { dimsOf, floatOf, floatsOf, type GraphView, intOf, isOp } from '../../models/onnx/view.js'
import { byteWeights } from './weights.js'

export function isLinear(node: NodeProto, view: GraphView): boolean {
  if (!isOp(node, 'MatMul', 'Gemm') || view.constants.has(node.input[0]!)) return false
  const weight = view.constants.get(node.input[1] ?? '')
  if (!weight || dimsOf(weight).length !== 2 || weight.dataType !== 1) return false
  if (isOp(node, 'MatMul')) return true
  const bias = node.input[2] ?? ''
  return intOf(node, 'transA', 0) === 0 && (bias === '' || view.constants.has(bias))
}

export interface LinearBytes {
  /** [rows, columns] */
  readonly weight: Int8Array
  readonly dims: readonly [rows: number, columns: number]
  readonly scale: Float32Array
  /** To be added in floats; null: nothing. With the sizes it was given. */
  readonly bias: { readonly values: Float32Array; readonly dims: readonly number[] } | null
}

/** `most` is the largest weight. */
export function linearBytes(node: NodeProto, view: GraphView, most: number): LinearBytes | null {
  const tensor = view.constants.get(node.input[1]!)
  const given = tensor && floatsOf(tensor)
  if (!given) return null
  const gemm = isOp(node, 'Gemm')
  const [first = 0, second = 0] = dimsOf(tensor)
  const turned = gemm && intOf(node, 'transB', 0) === 1
  const [rows, columns] = turned ? [second, first] : [first, second]
  const alpha = gemm ? floatOf(node, 'alpha', 1) : 1
  const beta = gemm ? floatOf(node, 'beta', 1) : 1
  // Each column side by side, as a channel of a convolution lies.
  const byColumn = new Float32Array(given.length)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) byColumn[c * rows + r] = alpha * given[turned ? c * rows + r : r * columns + c]!
  const made = byteWeights(byColumn, new Float32Array(columns), 1, most)
  const weight = new Int8Array(given.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) weight[r * columns + c] = made.weight[c * rows + r]!
  const bias = gemm && node.input[2] ? view.constants.get(node.input[2]) : undefined
  const values = bias && floatsOf(bias)
  if (bias && !values) return null
  return {
    weight,
    dims: [rows, columns],
    scale: made.scale,
    bias: bias && values ? { values: values.map((value) => value * beta), dims: dimsOf(bias) } : null,
  }
}
