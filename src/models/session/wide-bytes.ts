/**
 * Whether int8 weights can overflow. x86 processors without VNNI add two products of an unsigned and a signed byte in 16 bits, and what does
 * not fit is cut off without a word: 255 × 64 × 2 fits, 255 × 127 × 2 does not. ONNX Runtime has an exact way for them
 * (`session.x64quantprecision`), which is slower, on processors with VNNI and AMX, too: it is asked for only where it is needed.
 */

import { elementTypes } from '../onnx/element-types.js'
import type { ModelProto, TensorProto } from '../onnx/schema.js'
import { walkModel } from '../onnx/walk.js'

const most = 64

/** True when a constant of signed bytes holds one beyond ±64, or lies in another file and is not looked at. */
export function hasWideBytes(model: ModelProto): boolean {
  let wide = false
  walkModel(model, {
    tensor(tensor) {
      wide ||= isWide(tensor)
    },
  })
  return wide
}

function isWide({ dataType, dataLocation, rawData, int32Data }: TensorProto): boolean {
  if (dataType !== elementTypes.int8) return false
  if (dataLocation === 1) return true
  const values = rawData ? new Int8Array(rawData.buffer, rawData.byteOffset, rawData.length) : (int32Data ?? [])
  return values.some((value) => value > most || value < -most)
}

/** True of a graph whose steps are of 16 bits: OpenVINO up to 2026.4 gives other answers of some (0.1 of a logit), and does not say so. */
export function stepsInSixteenBits(model: ModelProto): boolean {
  let steps = false
  let sixteen = false
  walkModel(model, {
    node: ({ opType }) => {
      steps ||= opType === 'QuantizeLinear' || opType === 'DequantizeLinear'
    },
    tensor: ({ dataType }) => {
      sixteen ||= dataType === elementTypes.uint16 || dataType === elementTypes.int16
    },
  })
  return steps && sixteen
}
