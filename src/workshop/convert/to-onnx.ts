/**
 * From a state dict to an ONNX model: every tensor checked, preprocessing and softmax (or another activation) inside.
 *
 *     uint8 NHWC ─▶ NCHW ─▶ float ─▶ × scale + shift ─▶ the network ─▶ mean of each map ─▶ linear ─▶ softmax
 *
 * The transposition comes first, on bytes: measured, it costs nothing there, and 4 to 15 % anywhere else.
 */

import { ModelError } from '../../core/errors.js'
import type { Activation } from '../../core/model.js'
import { type Graph, newGraph, type Value } from '../../models/onnx/graph.js'
import { architectures } from './architectures/registry.js'
import { checkTensors } from './expected.js'
import { inTiatoolboxLayout, type Layout, layoutOf } from './layouts.js'
import { newNet } from './net.js'
import type { StateDict } from './tensors.js'

export interface ToOnnxOptions {
  readonly architecture: string
  readonly classes: number
  /** Name of the graph. */
  readonly name: string
  /** (pixel ÷ 255 − mean) ÷ std, in RGB order; default 0 and 1. */
  readonly mean?: readonly [number, number, number]
  readonly std?: readonly [number, number, number]
  /** Also give the head before softmax, as `logits`. */
  readonly logits?: boolean
  /** Also give the pooled features, as `features`. */
  readonly features?: boolean
  /** DenseNet: a ReLU before pooling. Default: as the layout's library does (TIAToolbox: no; torchvision, timm: yes). */
  readonly finalRelu?: boolean
  /** GoogLeNet of torchvision: whether it brings ImageNet's normalisation to −1 to 1 first, as with torchvision's pretrained weights. */
  readonly transformInput?: boolean
  /** What makes probabilities of the head's answers; default: softmax, of a single class sigmoid. */
  readonly activation?: Activation
}

/** A softmax over a single class says 1 of everything. */
export const usualActivation = (classes: number): Activation => (classes === 1 ? 'sigmoid' : 'softmax')

const operators = { softmax: 'Softmax', sigmoid: 'Sigmoid', none: 'Identity' } as const

export const otherNetworks = 'any other network is exported to ONNX in Python, and made a model with: tiastream models import'

export interface Converted {
  readonly bytes: Uint8Array
  /** Whose names the tensors have. */
  readonly layout: Layout
  readonly features: number
  /** Parameters of the network, without running statistics folded away. */
  readonly parameters: number
}

export async function toOnnx(weights: StateDict, options: ToOnnxOptions): Promise<Converted> {
  const architecture = architectures[options.architecture]
  if (!architecture) {
    throw new ModelError('ARCHITECTURE_UNKNOWN', `'${options.architecture}' is no architecture that can be converted`, {
      hint: `one of ${Object.keys(architectures).join(', ')}; ${otherNetworks}`,
    })
  }
  const layout = layoutOf(weights.tensors.keys())
  const tensors = inTiatoolboxLayout(weights.tensors, architecture.name)
  checkTensors(tensors, architecture, options.classes, weights.subject)
  const finalRelu = options.finalRelu ?? layout !== 'tiatoolbox'
  if (architecture.name === 'googlenet' && layout === 'torchvision') mustSayInput(options, weights.subject)

  const values = new Map<string, Float32Array>()
  let parameters = 0
  for (const [name, tensor] of tensors) {
    if (name.endsWith('.num_batches_tracked')) continue
    const data = await tensor.read()
    if (!data.every(Number.isFinite))
      throw new ModelError('WEIGHTS_NOT_FINITE', `${name} in ${weights.subject} holds numbers that are not finite`)
    if (!name.includes('.running_')) parameters += data.length
    values.set(name, data)
  }
  // each tensor is let go once it is in the graph
  const take = (name: string) => {
    const data = values.get(name)!
    values.delete(name)
    return data
  }

  const graph = newGraph(options.name, `${architecture.name}, ${options.classes} classes, converted from PyTorch weights`)
  const image = graph.input('image', 'uint8', ['N', 'H', 'W', 3])
  const net = newNet(graph, take)
  const maps = architecture.layers(
    net,
    { value: preprocess(graph, image, { ...options, ...normalised(options) }), channels: 3 },
    { finalRelu },
  )
  const features = graph.node('Flatten', 'features', [net.globalPool(maps, 'pool').value], { axis: 1 })
  const head = [
    graph.constant('classifier.weight', take('classifier.weight'), [options.classes, architecture.features]),
    graph.constant('classifier.bias', take('classifier.bias')),
  ]
  const logits = graph.node('Gemm', 'logits', [features, ...head], { transB: 1 })
  const activation = options.activation ?? usualActivation(options.classes)
  const axis = activation === 'softmax' ? { axis: -1 } : {}
  graph.output(graph.node(operators[activation], 'probabilities', [logits], axis), 'float32', ['N', options.classes])
  if (options.logits) graph.output(logits, 'float32', ['N', options.classes])
  if (options.features) graph.output(features, 'float32', ['N', architecture.features])
  return { bytes: graph.bytes(), layout, features: architecture.features, parameters }
}

function preprocess(graph: Graph, image: Value, { mean = [0, 0, 0], std = [1, 1, 1] }: ToOnnxOptions): Value {
  const planes = graph.node('Transpose', 'planes', [image], { perm: [0, 3, 1, 2] })
  const pixels = graph.node('Cast', 'pixels', [planes], { to: 1 })
  const perChannel = (name: string, data: readonly number[]) => graph.constant(name, new Float32Array(data), [1, 3, 1, 1])
  const scale = std.map((s) => 1 / 255 / s)
  const scaled = graph.node('Mul', 'scaled', [pixels, perChannel('scale', scale)])
  const shift = mean.map((m, i) => -m / std[i]!)
  return shift.every((s) => s === 0) ? scaled : graph.node('Add', 'shifted', [scaled, perChannel('shift', shift)])
}

/** No tensor says it, and with it the network sees other numbers. */
function mustSayInput({ transformInput }: ToOnnxOptions, subject: string): void {
  if (transformInput !== undefined) return
  const what = `${subject} is a GoogLeNet of torchvision, which may change its input itself (transform_input), and the file does not say whether it does`
  throw new ModelError('MODEL_UNCONVERTIBLE', what, {
    hint: "say --transform-input yes where it was made with torchvision's pretrained weights, no where it was not",
  })
}

/** What torchvision's GoogLeNet makes of ImageNet's normalisation: × std ÷ 0.5 + (mean − 0.5) ÷ 0.5, as a mean and a deviation. */
function normalised({ mean = [0, 0, 0], std = [1, 1, 1], transformInput = false }: ToOnnxOptions): Pick<ToOnnxOptions, 'mean' | 'std'> {
  if (!transformInput) return { mean, std }
  const [means, stds] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ] as const
  const triple = (of: (i: number) => number) => [of(0), of(1), of(2)] as const
  return {
    mean: triple((i) => mean[i]! - ((means[i]! - 0.5) / stds[i]!) * std[i]!),
    std: triple((i) => (std[i]! * 0.5) / stds[i]!),
  }
}
