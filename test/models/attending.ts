/** Small graphs that attend, in the ways in which exporters write attention; numbers from a formula. Three pictures of 16 tokens of 32 numbers. */

import { elementTypes } from '../../src/models/onnx/element-types.js'
import { type Dimension, type Graph, newGraph, type Value } from '../../src/models/onnx/graph.js'
import { decodeModel, encodeModel, type ModelProto, type NodeProto } from '../../src/models/onnx/schema.js'
import { floats } from '../formula.js'

export const sizes = { pictures: 3, tokens: 16, heads: 2, head: 16 } as const

/** What may differ; what is not said is as timm writes it. */
export interface Written {
  readonly shape?: { readonly tokens: number; readonly heads: number; readonly head: number }
  readonly input?: readonly Dimension[]
  /** From the tokens to queries, keys (not turned) and values of four sizes. */
  readonly parts?: (graph: Graph, tokens: Value) => readonly [Value, Value, Value]
  /** Of the queries. */
  readonly queries?: (graph: Graph, queries: Value) => Value
  readonly keys?: (graph: Graph, keys: Value) => Value
  /** From the product to the softmax. */
  readonly scores?: (graph: Graph, product: Value) => Value
  readonly softmax?: (graph: Graph, scores: Value) => Value
  /** From the softmax to the product with the values. */
  readonly shares?: (graph: Graph, softmax: Value) => Value
  readonly mixed?: (graph: Graph, shares: Value, values: Value) => Value
  /** What comes after; the output is what it gives. */
  readonly end?: (graph: Graph, mixed: Value) => Value
  readonly opset?: number
}

export const number = (graph: Graph, name: string, value: number, shape: readonly number[] = []): Value =>
  graph.constant(name, new Float32Array([value]), shape)
export const wholes = (graph: Graph, name: string, ...values: number[]): Value => graph.constant(name, BigInt64Array.from(values, BigInt))
export const weights = (graph: Graph, name: string, ...dims: number[]): Value => {
  const count = dims.reduce((all, size) => all * size, 1)
  return graph.constant(name, floats(name, count, -0.4, 0.4), dims)
}

/** One product for all three, taken apart by Split and Squeeze. */
export const packed =
  ({ tokens, heads, head } = shapeOf({})): NonNullable<Written['parts']> =>
  (graph, x) => {
    const width = heads * head
    const all = graph.node('MatMul', 'qkv', [x, weights(graph, 'qkv/w', width, 3 * width)])
    const five = graph.node('Reshape', 'five', [all, wholes(graph, 'five/shape', 0, tokens, 3, heads, head)])
    const turned = graph.node('Transpose', 'parted', [five], { perm: [2, 0, 3, 1, 4] })
    const part = (i: number) =>
      graph.node('Gather', `part${i}`, [turned, graph.constant(`i${i}`, new BigInt64Array([BigInt(i)]), [])], { axis: 0 })
    return [part(0), part(1), part(2)]
  }

/** A product for each, heads taken apart by a shape that is worked out while it runs. */
export const separate =
  ({ heads, head } = shapeOf({})): NonNullable<Written['parts']> =>
  (graph, x) => {
    const width = heads * head
    const shape = graph.node('Shape', 'xShape', [x])
    const count = graph.node('Gather', 'count', [shape, wholes(graph, 'zero', 0)])
    const wanted = graph.node('Concat', 'wanted', [count, wholes(graph, 'rest', -1, heads, head)], { axis: 0 })
    const part = (name: string) => {
      const own = graph.node('MatMul', name, [x, weights(graph, `${name}/w`, width, width)])
      const four = graph.node('Reshape', `${name}/four`, [own, wanted])
      return graph.node('Transpose', `${name}/heads`, [four], { perm: [0, 2, 1, 3] })
    }
    return [part('q'), part('k'), part('v')]
  }

const shapeOf = ({ shape = sizes }: Written) => shape

export function attending(written: Written = {}): ModelProto {
  const graph = newGraph('attending')
  const shape = shapeOf(written)
  const { tokens, heads, head } = shape
  const { input = ['N', tokens, heads * head], opset } = written
  const x = graph.input('x', 'float32', input)
  const [q, k, v] = (written.parts ?? packed(shape))(graph, x)
  const queries = (written.queries ?? ((_, value) => value))(graph, q)
  const keys = (written.keys ?? ((_, value) => graph.node('Transpose', 'turned', [value], { perm: [0, 1, 3, 2] })))(graph, k)
  const product = graph.node('MatMul', 'product', [queries, keys])
  const scores = (written.scores ?? ((_, value) => graph.node('Mul', 'scaled', [value, number(graph, 'scale', head ** -0.5)])))(
    graph,
    product,
  )
  const softmax = (written.softmax ?? ((_, value) => graph.node('Softmax', 'softmax', [value], { axis: -1 })))(graph, scores)
  const shares = (written.shares ?? ((_, value) => value))(graph, softmax)
  const mixed = (written.mixed ?? ((_, a, b) => graph.node('MatMul', 'mixed', [a, b])))(graph, shares, v)
  const end = written.end ?? ((_, value) => graph.node('Transpose', 'joined', [value], { perm: [0, 2, 1, 3] }))
  graph.output(end(graph, mixed), 'float32', [])
  const model = graph.model()
  // Of what shape it is, nobody says.
  const output = model.graph!.output.map(({ name }) => ({ name, type: { tensorType: { elemType: elementTypes.float32 } } }))
  const opsetImport = opset === undefined ? model.opsetImport : [{ domain: '', version: opset }]
  return decodeModel(encodeModel({ ...model, opsetImport, graph: { ...model.graph!, output } }), 'attending')
}

export const operators = ({ graph }: ModelProto): readonly string[] => graph!.node.map(({ opType }: NodeProto) => opType)

/** The same for pictures of 16 × 16 pixels: 16 patches, and three classes of the mean of what comes of them. */
export function attendingToPictures(): ModelProto {
  return attending({
    input: ['N', 3, 16, 16],
    parts(graph, x) {
      const patches = graph.node('Conv', 'patches', [x, weights(graph, 'patches/w', 32, 3, 4, 4)], { strides: [4, 4] })
      const flat = graph.node('Reshape', 'flat', [patches, wholes(graph, 'flat/shape', 0, 32, 16)])
      return packed()(graph, graph.node('Transpose', 'tokens', [flat], { perm: [0, 2, 1] }))
    },
    end(graph, mixed) {
      const joined = graph.node('Transpose', 'joined', [mixed], { perm: [0, 2, 1, 3] })
      const tokens = graph.node('Reshape', 'all', [joined, wholes(graph, 'all/shape', 0, 16, 32)])
      const mean = graph.node('ReduceMean', 'features', [tokens], { axes: [1], keepdims: 0 })
      return graph.node('MatMul', 'logits', [mean, weights(graph, 'head/w', 32, 3)])
    },
  })
}

export const attendingCard =
  'name: attending\ninputs: [{ size: 16 px, scale: 1/255 }]\noutputs: [{ kind: classes, apply: softmax, classes: [a, b, c] }]\n'
