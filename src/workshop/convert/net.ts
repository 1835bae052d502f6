/**
 * The layers of convolutional networks, written once per architecture and run twice: to list the tensors it needs, and to build
 * the graph out of them. Names of nodes are the names of their weights. BatchNorm behind a convolution is folded into it, in
 * float64; elsewhere it stays a BatchNormalization, which ONNX Runtime runs in its fast layout.
 */

import type { Graph, Value } from '../../models/onnx/graph.js'

/** Feature maps: a value of the graph and its number of channels. */
export interface Maps {
  readonly value: Value
  readonly channels: number
}

/** Hands out the weights by name; a lister only notes what is asked for. */
export type Take = (name: string, shape: readonly number[]) => Float32Array

export interface Convolution {
  readonly out: number
  readonly kernel: number
  readonly stride?: number
  readonly padding?: number
  readonly groups?: number
  readonly bias?: boolean
}
export interface Pool {
  readonly kernel: number
  readonly stride: number
  readonly padding?: number
  /** Sizes are rounded up. */
  readonly ceil?: boolean
}

export interface Net {
  conv(x: Maps, key: string, convolution: Convolution): Maps
  /** A convolution and the BatchNorm behind it, as one. */
  convNorm(x: Maps, key: string, norm: string, convolution: Convolution, epsilon?: number): Maps
  norm(x: Maps, key: string, epsilon?: number): Maps
  relu(x: Maps): Maps
  relu6(x: Maps): Maps
  /** relu6(x + 3) ÷ 6 */
  hardSigmoid(x: Maps): Maps
  hardSwish(x: Maps): Maps
  maxPool(x: Maps, name: string, pool: Pool): Maps
  averagePool(x: Maps, name: string, pool: Pool): Maps
  /** The mean of each map: one pixel remains. */
  globalPool(x: Maps, name: string): Maps
  add(x: Maps, y: Maps, name: string): Maps
  multiply(x: Maps, y: Maps): Maps
  concat(maps: readonly Maps[], name: string): Maps
}

export function newNet(graph: Graph, take: Take): Net {
  const convolve = (x: Maps, key: string, c: Convolution, weight: Float32Array, bias: Float32Array | null): Maps => {
    const { out, kernel, stride = 1, padding = 0, groups = 1 } = c
    const inputs = [x.value, graph.constant(`${key}.weight`, weight, [out, x.channels / groups, kernel, kernel])]
    if (bias) inputs.push(graph.constant(`${key}.bias`, bias))
    const value = graph.node('Conv', key, inputs, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      group: groups,
    })
    return { value, channels: out }
  }
  const weightOf = (x: Maps, key: string, { out, kernel, groups = 1 }: Convolution) =>
    take(`${key}.weight`, [out, x.channels / groups, kernel, kernel])
  const normOf = (key: string, channels: number) => {
    const part = (name: string) => take(`${key}.${name}`, [channels])
    return { gamma: part('weight'), beta: part('bias'), mean: part('running_mean'), variance: part('running_var') }
  }
  const same = (x: Maps, op: string, suffix: string, others: readonly Value[] = [], attributes = {}): Maps => ({
    value: graph.node(op, `${x.value}/${suffix}`, [x.value, ...others], attributes),
    channels: x.channels,
  })
  const pooled = (op: string, x: Maps, name: string, { kernel, stride, padding = 0, ceil = false }: Pool): Maps => ({
    value: graph.node(op, name, [x.value], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      ceil_mode: ceil ? 1 : 0,
    }),
    channels: x.channels,
  })
  let limits: readonly [Value, Value] | null = null
  const net: Net = {
    conv: (x, key, c) => convolve(x, key, c, weightOf(x, key, c), c.bias ? take(`${key}.bias`, [c.out]) : null),
    convNorm(x, key, norm, c, epsilon = 1e-5) {
      const weight = weightOf(x, key, c)
      const bias = c.bias ? take(`${key}.bias`, [c.out]) : null
      const folded = fold(weight, bias, normOf(norm, c.out), epsilon)
      return convolve(x, key, c, folded.weight, folded.bias)
    },
    norm(x, key, epsilon = 1e-5) {
      const { gamma, beta, mean, variance } = normOf(key, x.channels)
      const parts = Object.entries({ weight: gamma, bias: beta, running_mean: mean, running_var: variance })
      const constants = parts.map(([part, data]) => graph.constant(`${key}.${part}`, data))
      const value = graph.node('BatchNormalization', key, [x.value, ...constants], { epsilon: { float: epsilon } })
      return { value, channels: x.channels }
    },
    relu: (x) => same(x, 'Relu', 'relu'),
    relu6(x) {
      limits ??= [graph.constant('zero', new Float32Array([0]), []), graph.constant('six', new Float32Array([6]), [])]
      return same(x, 'Clip', 'relu6', limits)
    },
    hardSigmoid: (x) => same(x, 'HardSigmoid', 'hardsigmoid', [], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
    hardSwish: (x) => net.multiply(net.hardSigmoid(x), x),
    maxPool: (x, name, pool) => pooled('MaxPool', x, name, pool),
    averagePool: (x, name, pool) => pooled('AveragePool', x, name, pool),
    globalPool: (x, name) => ({ value: graph.node('GlobalAveragePool', name, [x.value]), channels: x.channels }),
    add: (x, y, name) => ({ value: graph.node('Add', name, [x.value, y.value]), channels: x.channels }),
    multiply: (x, y) => same(x, 'Mul', 'times', [y.value]),
    concat: (maps, name) => ({
      value: graph.node(
        'Concat',
        name,
        maps.map((m) => m.value),
        { axis: 1 },
      ),
      channels: maps.reduce((sum, m) => sum + m.channels, 0),
    }),
  }
  return net
}

interface Norm {
  readonly gamma: Float32Array
  readonly beta: Float32Array
  readonly mean: Float32Array
  readonly variance: Float32Array
}

/** (w·x + b − mean) ÷ √(variance + ε) · γ + β, as one weight and one bias. */
function fold(weight: Float32Array, bias: Float32Array | null, { gamma, beta, mean, variance }: Norm, epsilon: number) {
  const channels = gamma.length
  const each = channels === 0 ? 0 : weight.length / channels
  const folded = { weight: new Float32Array(weight.length), bias: new Float32Array(channels) }
  for (let channel = 0; channel < channels; channel++) {
    const scale = gamma[channel]! / Math.sqrt(variance[channel]! + epsilon)
    for (let i = channel * each; i < (channel + 1) * each; i++) folded.weight[i] = weight[i]! * scale
    folded.bias[channel] = beta[channel]! + ((bias?.[channel] ?? 0) - mean[channel]!) * scale
  }
  return folded
}
