/**
 * A small graph written as exporters of PyTorch write a vision transformer for any number and size of pictures: shapes, an expanded token, positions
 * and a resized map are worked out while it runs, and a branch is never taken. For a picture of one colour c (0 to 1) it says
 * (k + 1) ÷ 6 + 4c ÷ 6 + 1.25 + c for channel k = 0, 1, 2.
 */

import { newGraph } from '../../src/models/onnx/graph.js'
import type { GraphProto, ModelProto, NodeProto } from '../../src/models/onnx/schema.js'
import { tensorWith } from '../../src/models/onnx/view.js'

export const exportedSide = 8
export const exportedAnswer = (c: number, k: number): number => (k + 1) / 6 + (4 * c) / 6 + 1.25 + c

export function exportedNet(): ModelProto {
  const graph = newGraph('exported')
  const ints = (name: string, ...values: number[]) => graph.constant(name, BigInt64Array.from(values, BigInt))
  const x = graph.input('x', 'float32', ['N', 3, 'H', 'W'])
  const kernel = new Float32Array(3 * 3 * 16).map((_, i) => (Math.floor(i / 48) === Math.floor((i % 48) / 16) ? 1 / 16 : 0))
  const patches = graph.node('Conv', 'patches', [x, graph.constant('kernel', kernel, [3, 3, 4, 4])], { strides: [4, 4] })
  const shape = graph.node('Shape', 'shape', [patches])
  const count = graph.node('Unsqueeze', 'count', [
    graph.node('Gather', 'n', [shape, graph.constant('zero', new BigInt64Array([0n]), [])]),
    ints('axis0', 0),
  ])
  const channels = graph.node('Gather', 'channels', [shape, ints('one', 1)])
  const flat = graph.node('Concat', 'flat', [count, channels, ints('rest', -1)], { axis: 0 })
  const tokens = graph.node('Transpose', 'tokens', [graph.node('Reshape', 'rows', [patches, flat])], { perm: [0, 2, 1] })
  // What torch's expand(n, -1, -1) becomes.
  const wanted = graph.node('Concat', 'wanted', [count, ints('same1', -1), ints('same2', -1)], { axis: 0 })
  const ones = graph.node('ConstantOfShape', 'ones', [graph.node('Shape', 'three', [wanted])])
  const minus = graph.node('Mul', 'minus', [ones, ints('minusOne', -1)])
  const kept = graph.node('Where', 'kept', [graph.node('Equal', 'equal', [wanted, minus]), ones, wanted])
  const token = graph.node('Expand', 'token', [graph.constant('cls', new Float32Array([1, 2, 3]), [1, 1, 3]), kept])
  const empty = graph.node('ConstantOfShape', 'empty', [
    graph.node('Concat', 'emptyShape', [count, ints('side1', 1), ints('side3', 3)], { axis: 0 }),
  ])
  const all = graph.node('Concat', 'all', [token, tokens, empty], { axis: 1 })
  const bound = (name: string, value: number) => graph.constant(name, new BigInt64Array([BigInt(value)]), [])
  const range = graph.node('Range', 'range', [bound('from', 0), bound('to', 6), bound('by', 1)])
  const half = graph.node('Mul', 'halves', [
    graph.node('Cast', 'floats', [range], { to: 1 }),
    graph.constant('half', new Float32Array([0.5]), []),
  ])
  const placed = graph.node('Add', 'placed', [all, graph.node('Unsqueeze', 'positions', [half, ints('axis1', 1)])])
  const mean = graph.node('ReduceMean', 'mean', [placed], { axes: [1], keepdims: 0 })
  const large = graph.node('Resize', 'large', [patches, '', graph.constant('scales', new Float32Array([1, 1, 2, 2]))], { mode: 'nearest' })
  const pooled = graph.node('Flatten', 'pooled', [graph.node('GlobalAveragePool', 'pool', [large])])
  const sum = graph.node('Add', 'sum', [mean, pooled])
  const isSquare = graph.node('Equal', 'isSquare', [
    graph.node('Gather', 'rank', [graph.node('Shape', 'sumShape', [sum]), ints('last', 1)]),
    ints('width', 3),
  ])
  graph.node('If', 'y', [isSquare])
  graph.output('y', 'float32', ['N', 'D'])
  const model = graph.model()
  const node = (name: string) => model.graph!.node.find((one) => one.name === name)!
  node('ones').attribute.push({ name: 'value', type: 4, t: tensorWith('', new BigInt64Array([1n]), [1]) })
  // PyTorch's squeeze: one branch or the other, by a size.
  node('y').attribute.push({ name: 'then_branch', type: 5, g: branch('Identity') }, { name: 'else_branch', type: 5, g: branch('Neg') })
  return model
}

function branch(opType: string): GraphProto {
  const node: NodeProto = { opType, name: `${opType}Inside`, input: ['sum'], output: [`${opType}Out`], attribute: [] }
  return {
    name: opType,
    node: [node],
    initializer: [],
    input: [],
    output: [{ name: `${opType}Out`, type: { tensorType: { elemType: 1 } } }],
  }
}

export const exportedCard = `name: exported\ninputs: [{ size: ${exportedSide} px, scale: 1/255 }]\noutputs: [{ kind: features, size: 3 }]\n`
