import test from 'ava'
import { type Graph, newGraph } from '../../../src/models/onnx/graph.js'
import { movesMuchMemory } from '../../../src/models/onnx/moves-memory.js'
import { decodeModel } from '../../../src/models/onnx/schema.js'

const graphs: Readonly<Record<string, readonly [boolean, (graph: Graph, x: string) => string]>> = {
  'a plain convolution': [false, (graph, x) => graph.node('Conv', 'c', [x, kernel(graph, 6, 3)])],
  'a convolution of each channel': [true, (graph, x) => graph.node('Conv', 'c', [x, kernel(graph, 3, 1)], { group: 3 })],
  'one softmax, at the end': [false, (graph, x) => graph.node('Softmax', 's', [x], { axis: 1 })],
  'softmax within': [
    true,
    (graph, x) => graph.node('Softmax', 's', [graph.node('Relu', 'r', [graph.node('Softmax', 'first', [x])])], { axis: 1 }),
  ],
  'attention as one operator': [true, (graph, x) => graph.node('MultiHeadAttention', 'a', [x, x, x], { num_heads: 1 })],
  'channels joined five times': [true, (graph, x) => joined(graph, x, 5, 1)],
  'channels joined four times': [false, (graph, x) => joined(graph, x, 4, 1)],
  'shapes joined': [false, (graph, x) => joined(graph, x, 9, 0)],
}

const kernel = (graph: Graph, out: number, from: number) => graph.constant('w', new Float32Array(out * from), [out, from, 1, 1])

function joined(graph: Graph, x: string, times: number, axis: number): string {
  let value = x
  for (let i = 0; i < times; i++) value = graph.node('Concat', `j${i}`, [value, x], { axis })
  return value
}

test('grouped convolutions, attention and many joins are work on memory; plain convolutions and the end of a classifier are not', (t) => {
  for (const [name, [moves, make]] of Object.entries(graphs)) {
    const graph = newGraph('g')
    graph.output(make(graph, graph.input('x', 'float32', ['N', 3, 4, 4])), 'float32', ['N', 3])
    t.is(movesMuchMemory(decodeModel(graph.bytes(), name)), moves, name)
  }
})
