/**
 * Small graphs as exporters write them. `exportedNet` is as PyTorch writes a vision transformer for any number and size of pictures: shapes, an
 * expanded token, positions and a resized map are worked out while it runs, and a branch is never taken. For a picture of one colour c (0 to 1) it
 * says (k + 1) ÷ 6 + 4c ÷ 6 + 1.25 + c for channel k = 0, 1, 2.
 */

import { newGraph } from '../../src/models/onnx/graph.js'
import type { GraphProto, ModelProto, NodeProto } from '../../src/models/onnx/schema.js'
import { tensorWith } from '../../src/models/onnx/view.js'
import { floats } from '../formula.js'

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

export const kerasSide = 32

/**
 * A DenseNet as tf2onnx writes Keras's: pictures with channels last, turned once; zeros around by a Pad of its own; norms of maps that are no layer's;
 * concatenations; the mean over height and width as ReduceMean; a head with a MatMul and an Add, and softmax.
 */
export function kerasNet(): ModelProto {
  const graph = newGraph('keras')
  const ints = (name: string, ...values: number[]) => graph.constant(name, BigInt64Array.from(values, BigInt))
  const held = (name: string, low: number, high: number, ...dims: number[]) =>
    graph.constant(
      name,
      floats(
        name,
        dims.reduce((a, b) => a * b, 1),
        low,
        high,
      ),
      dims,
    )
  const x = graph.input('input_1', 'float32', ['unk__1', kerasSide, kerasSide, 3])
  const turned = graph.node('Transpose', 'turned', [x], { perm: [0, 3, 1, 2] })
  const padded = graph.node('Pad', 'zero_padding', [turned, ints('pads', 0, 0, 3, 3, 0, 0, 3, 3)], { mode: 'constant' })
  const norm = (value: string, name: string, channels: number) =>
    graph.node('BatchNormalization', name, [
      value,
      held(`${name}/gamma`, 0.5, 1.5, channels),
      held(`${name}/beta`, -0.3, 0.3, channels),
      held(`${name}/mean`, -0.3, 0.3, channels),
      held(`${name}/variance`, 0.5, 1.5, channels),
    ])
  const conv = (value: string, name: string, from: number, to: number, kernel: number, more = {}) =>
    graph.node('Conv', name, [value, held(`${name}/w`, -0.4, 0.4, to, from, kernel, kernel)], { kernel_shape: [kernel, kernel], ...more })
  const first = graph.node('Relu', 'relu1', [norm(conv(padded, 'conv1', 3, 8, 7, { strides: [2, 2], auto_pad: 'VALID' }), 'norm1', 8)])
  const around = graph.node('Pad', 'pool_padding', [first, ints('poolPads', 0, 0, 1, 1, 0, 0, 1, 1)], { mode: 'constant' })
  let maps = graph.node('MaxPool', 'pool1', [around], { kernel_shape: [3, 3], strides: [2, 2] })
  let channels = 8
  for (const block of ['a', 'b']) {
    const before = graph.node('Relu', `${block}/relu0`, [norm(maps, `${block}/norm0`, channels)])
    const narrow = graph.node('Relu', `${block}/relu1`, [norm(conv(before, `${block}/conv1`, channels, 8, 1), `${block}/norm1`, 8)])
    const grown = conv(narrow, `${block}/conv2`, 8, 4, 3, { auto_pad: 'SAME_UPPER' })
    maps = graph.node('Concat', `${block}/concat`, [maps, grown], { axis: 1 })
    channels += 4
  }
  const half = graph.node('AveragePool', 'transition', [maps], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'VALID' })
  const last = graph.node('Relu', 'relu_end', [norm(conv(half, 'conv_end', channels, 12, 1), 'norm_end', 12)])
  const mean = graph.node('ReduceMean', 'mean', [last], { axes: [2, 3], keepdims: 0 })
  const logits = graph.node('Add', 'logits', [
    graph.node('MatMul', 'product', [mean, held('dense', -1, 1, 12, 3)]),
    held('bias', -0.3, 0.3, 3),
  ])
  graph.output(graph.node('Softmax', 'predictions', [logits], { axis: -1 }), 'float32', ['unk__1', 3])
  const model = graph.model()
  return { ...model, opsetImport: [{ domain: '', version: 13 }], producerName: 'tf2onnx' }
}

export const kerasCard = `name: keras\ninputs: [{ layout: NHWC, scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }]\noutputs: [{ kind: classes, in_graph: softmax, classes: [a, b, c] }]\n`
