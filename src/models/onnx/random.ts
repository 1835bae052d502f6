/** Operators that throw dice: with them one patch has another answer each time it is asked. */

import { elementTypes } from './element-types.js'
import type { ModelProto, NodeProto, TensorProto } from './schema.js'
import { attribute, isOp } from './view.js'
import { walkModel } from './walk.js'

export const randomOperators = ['RandomNormal', 'RandomUniform', 'RandomNormalLike', 'RandomUniformLike', 'Multinomial', 'Bernoulli']

/** The names of those in a model, each once; a Dropout counts when it is told that it is in training. */
export function randomIn(model: ModelProto): readonly string[] {
  const held = new Map<string, TensorProto>()
  const found = new Set<string>()
  const dropouts: NodeProto[] = []
  walkModel(model, {
    tensor(tensor) {
      if (tensor.name) held.set(tensor.name, tensor)
    },
    node(node) {
      const value = isOp(node, 'Constant') ? attribute(node, 'value')?.t : undefined
      if (value) held.set(node.output[0]!, value)
      else if (isOp(node, ...randomOperators)) found.add(node.opType)
      else if (isOp(node, 'Dropout') && (node.input[2] ?? '') !== '') dropouts.push(node)
    },
  })
  if (dropouts.some(({ input }) => isTrue(held.get(input[2]!)))) found.add('Dropout in training mode')
  return [...found].sort()
}

const isTrue = (tensor: TensorProto | undefined): boolean =>
  tensor?.dataType === elementTypes.bool && (tensor.rawData?.[0] ?? tensor.int32Data?.[0] ?? 0) !== 0
