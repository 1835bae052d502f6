/** Functions of a model that are made to be too many are left as they are, at once. */

import test from 'ava'
import { operatorsOf, withoutFunctions } from '../../../src/models/onnx/functions.js'
import type { FunctionProto, ModelProto, NodeProto } from '../../../src/models/onnx/schema.js'

const call = (name: string): NodeProto => ({ opType: name, domain: 'own', input: [], output: [], attribute: [] })
const opsetImport = [
  { domain: '', version: 17 },
  { domain: 'own', version: 1 },
]
const modelOf = (functions: readonly FunctionProto[]): ModelProto =>
  ({ opsetImport, functions: [...functions], graph: { node: [call('F0')] } }) as unknown as ModelProto
const made = (name: string, node: NodeProto[]): FunctionProto => ({ name, domain: 'own', input: [], output: [], node, opsetImport })

test('30 functions that call the next one twice, the last does nothing: a thousand million calls are not made', (t) => {
  const functions = Array.from({ length: 30 }, (_, i) => made(`F${i}`, i === 29 ? [] : [call(`F${i + 1}`), call(`F${i + 1}`)]))
  const model = modelOf(functions)
  t.is(withoutFunctions(model), model)
  // A call counts as one: 1 + 2 × (1 + 2 × (… 1)).
  t.is(operatorsOf(model), 2 ** 30 - 1)
})

test('one that calls itself is left', (t) => {
  const model = modelOf([made('F0', [call('F0')])])
  t.is(withoutFunctions(model), model)
  t.is(operatorsOf(model), Number.POSITIVE_INFINITY)
  const chain = Array.from({ length: 100_000 }, (_, i) => made(`F${i}`, [call(`F${i + 1}`)]))
  t.is(operatorsOf(modelOf(chain)), Number.POSITIVE_INFINITY)
})
