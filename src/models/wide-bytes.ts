/**
 * Whether int8 weights can overflow. x86 processors without VNNI add two products of an unsigned and a signed byte in 16 bits, and what does
 * not fit is cut off without a word: 255 × 64 × 2 fits, 255 × 127 × 2 does not. ONNX Runtime has an exact way for them
 * (`session.x64quantprecision`), which is slower there and the same elsewhere.
 */

import { elementTypes, type GraphProto, type ModelProto, type TensorProto } from './onnx/schema.js'

const most = 64

/** True when a constant of signed bytes holds one beyond ±64, or lies in another file and is not looked at. */
export const hasWideBytes = ({ graph }: ModelProto): boolean => (graph ? graphHas(graph) : false)

const graphHas = ({ initializer, node }: GraphProto): boolean =>
  initializer.some(isWide) ||
  node.some(({ attribute }) =>
    attribute.some(({ t, g, graphs }) => (t ? isWide(t) : false) || (g ? graphHas(g) : false) || (graphs ?? []).some(graphHas)),
  )

function isWide({ dataType, dataLocation, rawData, int32Data }: TensorProto): boolean {
  if (dataType !== elementTypes.int8) return false
  if (dataLocation === 1) return true
  const values = rawData ? new Int8Array(rawData.buffer, rawData.byteOffset, rawData.length) : (int32Data ?? [])
  return values.some((value) => value > most || value < -most)
}
