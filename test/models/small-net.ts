/** A small network with every kind of layer that quantising knows, weights from a formula; takes bytes, or floats that are prepared outside. */

import { newGraph } from '../../src/models/onnx/graph.js'
import { newNet } from '../../src/workshop/convert/net.js'
import { floats } from '../formula.js'

export const side = 32
export const classes = ['a', 'b', 'c', 'd']

/** Convolution, ReLU and ReLU6, pools, residual sum, depthwise, a norm that stands alone, concatenation, head. */
export function smallNet(takes: 'bytes' | 'floats' = 'bytes'): Uint8Array {
  const graph = newGraph('small')
  const take = (name: string, shape: readonly number[]) => {
    const count = shape.reduce((a, b) => a * b, 1)
    if (shape.length === 4) {
      const bound = Math.sqrt(6 / (shape[1]! * shape[2]! * shape[3]!))
      return floats(name, count, -bound, bound)
    }
    if (name.endsWith('running_var')) return floats(name, count, 0.5, 1.5)
    return name.endsWith('weight') ? floats(name, count, 0.5, 1.5) : floats(name, count, -0.3, 0.3)
  }
  const net = newNet(graph, take)
  let value: string
  if (takes === 'bytes') {
    const image = graph.input('image', 'uint8', ['N', side, side, 3])
    const planes = graph.node('Cast', 'pixels', [graph.node('Transpose', 'planes', [image], { perm: [0, 3, 1, 2] })], { to: 1 })
    value = graph.node('Mul', 'scaled', [planes, graph.constant('scale', new Float32Array([1 / 255]), [])])
  } else value = graph.input('x', 'float32', ['N', 3, side, side])
  const a = net.relu(net.convNorm({ value, channels: 3 }, 'conv0', 'norm0', { out: 8, kernel: 3, stride: 2, padding: 1 }))
  const b = net.maxPool(a, 'pool0', { kernel: 2, stride: 2 })
  const wide = net.relu6(net.conv(b, 'expand', { out: 16, kernel: 1, bias: true }))
  const deep = net.relu6(net.conv(wide, 'deep', { out: 16, kernel: 3, padding: 1, groups: 16, bias: true }))
  const sum = net.relu(net.add(net.conv(deep, 'project', { out: 8, kernel: 1, bias: true }), b, 'sum'))
  const alone = net.conv(net.relu(net.norm(sum, 'alone')), 'after', { out: 8, kernel: 3, padding: 1 })
  const both = net.concat([sum, alone, net.averagePool(sum, 'mean3', { kernel: 3, stride: 1, padding: 1 })], 'both')
  const last = net.relu(net.conv(both, 'last', { out: 12, kernel: 3, padding: 1, bias: true }))
  const features = graph.node('Flatten', 'features', [net.globalPool(last, 'pool').value], { axis: 1 })
  const head = [graph.constant('w', floats('head', 4 * 12, -0.4, 0.4), [4, 12]), graph.constant('bias', floats('bias', 4, -0.5, 0.5))]
  const logits = graph.node('Gemm', 'logits', [features, ...head], { transB: 1 })
  graph.output(graph.node('Softmax', 'probabilities', [logits], { axis: -1 }), 'float32', ['N', 4])
  return graph.bytes()
}

/** As ImageNet's: the table of the quantised input is then no straight line through 0. */
export const normalised = 'scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]'

export const smallCard = (input = '') =>
  `name: small\ninputs: [{ size: ${side} px, at: 2 mpp${input === '' ? '' : `, ${input}`} }]\noutputs: [{ kind: classes, in_graph: softmax, classes: [${classes.join(', ')}] }]\n`
