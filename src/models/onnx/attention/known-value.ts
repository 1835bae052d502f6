/** What is known of one value of a graph, and of a constant. */

import { elementTypes } from '../element-types.js'
import type { TensorProto } from '../schema.js'
import { dimsOf, floatsOf, wholesOf } from '../view.js'
import { numeric, type Size } from './size.js'

export interface Known {
  readonly type: number
  readonly dims: readonly Size[]
  /** Its numbers, where they are few and follow from sizes. */
  readonly values?: readonly Size[] | undefined
}

/** Longer ones are weights. */
export const mostValues = 64
export function ofTensor(tensor: TensorProto): Known {
  const dims = dimsOf(tensor)
  const few = dims.reduce((all, size) => all * size, 1) <= mostValues
  const values = few ? (wholesOf(tensor) ?? floatsOf(tensor) ?? boolsOf(tensor)) : null
  return { type: tensor.dataType, dims: dims.map(numeric), values: values ? Array.from(values, numeric) : undefined }
}

/** A constant of bools as 0 and 1; null when it holds something else, or too little. */
export function boolsOf(tensor: TensorProto): readonly number[] | null {
  if (tensor.dataType !== elementTypes.bool) return null
  const held = Array.from(tensor.rawData?.length ? tensor.rawData : (tensor.int32Data ?? []), (value) => (value === 0 ? 0 : 1))
  return held.length === dimsOf(tensor).reduce((all, size) => all * size, 1) ? held : null
}
