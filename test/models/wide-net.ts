/**
 * A network whose convolutions are wide enough that matrix units pay, weights from a formula: bytes of pictures of 64 × 64 px in, five shares
 * and a vector out. Its first layer sees edges and colours, so that answers differ from picture to picture.
 */

import { newGraph } from '../../src/models/onnx/graph.js'
import { newNet } from '../../src/workshop/convert/net.js'
import { floats } from '../formula.js'

export const wideSide = 64
const width = 64
const deep = 6

export function wideNet(): Uint8Array {
  const graph = newGraph('wide')
  const net = newNet(graph, (name: string, shape: readonly number[]) => {
    const count = shape.reduce((a, b) => a * b, 1)
    const bound = Math.sqrt(6 / (shape[1]! * shape[2]! * shape[3]!))
    return floats(name, count, -bound, bound)
  })
  const image = graph.input('image', 'uint8', ['N', wideSide, wideSide, 3])
  const planes = graph.node('Cast', 'pixels', [graph.node('Transpose', 'planes', [image], { perm: [0, 3, 1, 2] })], { to: 1 })
  const scaled = graph.node('Mul', 'scaled', [planes, graph.constant('scale', new Float32Array([1 / 255]), [])])
  const value = graph.node('Sub', 'centred', [scaled, graph.constant('half', new Float32Array([0.6]), [])])
  let last = net.relu(net.conv({ value, channels: 3 }, 'first', { out: width, kernel: 3, padding: 1 }))
  for (let i = 0; i < deep; i++) last = net.relu(net.conv(last, `conv${i}`, { out: width, kernel: 3, padding: 1 }))
  const vector = graph.node('Flatten', 'vector', [net.globalPool(last, 'pool').value], { axis: 1 })
  const head = [graph.constant('w', floats('head', 5 * width, -0.4, 0.4), [5, width]), graph.constant('bias', new Float32Array(5))]
  const logits = graph.node('Gemm', 'logits', [vector, ...head], { transB: 1 })
  graph.output(graph.node('Softmax', 'shares', [logits], { axis: -1 }), 'float32', ['N', 5])
  graph.output(vector, 'float32', ['N', width])
  return graph.bytes()
}

export const wideCard = `name: wide
inputs: [{ size: ${wideSide} px, at: 2 mpp }]
outputs:
  - { name: shares, kind: classes, in_graph: softmax, classes: [a, b, c, d, e] }
  - { name: vector, kind: features }
`
