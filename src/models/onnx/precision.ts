/** In which numbers a model computes, from its graph: the name that receipts give it. */

import { elementTypeOf } from './element-types.js'
import type { ModelProto } from './schema.js'
import { walkModel } from './walk.js'

export type Precision = 'float64' | 'float32' | 'bfloat16' | 'float16' | 'int8'

/** Work on bytes, in whichever of ONNX's forms. */
const byteOperators = /^(QLinear\w+|QGemm|QAttention|ConvInteger|MatMulInteger|DynamicQuantize\w+|QuantizeLinear|DequantizeLinear)$/

/** `int8` where any operator works on bytes; else the narrowest floats among its tensors. */
export function precisionOf(model: ModelProto): Precision {
  const types = new Set<string | null>()
  let bytes = false
  walkModel(model, {
    node: ({ opType }) => {
      bytes ||= byteOperators.test(opType)
    },
    tensor: ({ dataType }) => types.add(elementTypeOf(dataType)),
  })
  if (bytes) return 'int8'
  const floats = ['float16', 'bfloat16', 'float32', 'float64'] as const
  return floats.find((type) => types.has(type)) ?? 'float32'
}
