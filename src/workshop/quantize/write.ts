/**
 * Writes the quantised graph in the form that runtimes fuse: around every operator that works on bytes its inputs are dequantised and
 * its output is quantised again (QDQ). Run as written it computes in floats with rounding in between; fused it is integer arithmetic.
 */

import { Bug } from '../../core/errors.js'
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../../models/onnx/schema.js'
import { dimsOf, floatsOf, isOp, tensorWith, viewOf, withoutUnused } from '../../models/onnx/view.js'
import { normOf } from './fold.js'
import { linearBytes } from './linear.js'
import type { Grid8, PixelSteps } from './pixels.js'
import type { ByteNode, Policy } from './policy.js'
import { byteWeights } from './weights.js'

export interface WriteOptions {
  /** The pixels enter as bytes; null: through floats, as in the parent. */
  readonly pixels: PixelSteps | null
  /** Of every tensor of bytes. */
  readonly gridOf: (tensor: string) => Grid8
  /** Largest weight. */
  readonly most: number
}

export function quantisedGraph(graph: GraphProto, { byNode, gone }: Policy, { pixels, gridOf, most }: WriteOptions): GraphProto {
  const view = viewOf(graph)
  const nodes: NodeProto[] = []
  const tensors: TensorProto[] = []
  const add = (opType: string, name: string, input: readonly string[], output: string, attribute: AttributeProto[] = []) =>
    nodes.push({ opType, name, input: [...input], output: [output], attribute })
  const hold = (tensor: TensorProto): string => {
    tensors.push(tensor)
    return tensor.name!
  }
  const parameters = (tensor: string): readonly [string, string] => {
    const { scale, zero } = gridOf(tensor)
    return [
      hold(tensorWith(`${tensor}/scale`, new Float32Array([scale]), [])),
      hold(tensorWith(`${tensor}/zero`, new Uint8Array([zero]), [])),
    ]
  }
  const dequantised = (name: string, data: TensorProto, scale: Float32Array, axis = 0) => {
    const zeros =
      data.dataType === tensorWith('', new Int8Array(0), []).dataType ? new Int8Array(scale.length) : new Int32Array(scale.length)
    const held = [
      hold(data),
      hold(tensorWith(`${name}/scale`, scale, [scale.length])),
      hold(tensorWith(`${name}/zero`, zeros, [scale.length])),
    ]
    add('DequantizeLinear', `${name}/float`, held, `${name}/float`, [{ name: 'axis', type: 2, i: axis }])
    return `${name}/float`
  }
  const tensorsOfBytes = new Set([...byNode.values()].flatMap(({ from, to }) => (to === null ? [] : [...from, to])))
  const settle = (tensor: string) => {
    const held = parameters(tensor)
    add('QuantizeLinear', `${tensor}/bytes`, [`${tensor}/exact`, ...held], `${tensor}/bytes`)
    add('DequantizeLinear', `${tensor}/again`, [`${tensor}/bytes`, ...held], tensor)
  }
  const rounded = new Set<string>()
  const linear = ({ node, from: [input] }: ByteNode) => {
    const made = linearBytes(node, view, most)
    if (!made) throw new Bug(`the weights of ${node.name} were there a moment ago`)
    const [output = ''] = node.output
    const to = tensorsOfBytes.has(output) ? `${output}/exact` : output
    let value = input!
    // Only the product sees rounded numbers: what else uses them (a residual sum) keeps them as they are.
    if (!tensorsOfBytes.has(value)) {
      value = `${input}/rounded`
      if (!rounded.has(value)) {
        rounded.add(value)
        const held = parameters(input!)
        add('QuantizeLinear', `${input}/bytes`, [input!, ...held], `${input}/bytes`)
        add('DequantizeLinear', value, [`${input}/bytes`, ...held], value)
      }
    }
    const name = `${output}/weight`
    const w = dequantised(name, tensorWith(`${name}/bytes`, made.weight, made.dims), made.scale, 1)
    add('MatMul', `${output}/product`, [value, w], made.bias ? `${output}/product` : to)
    if (made.bias)
      add('Add', `${output}/sum`, [`${output}/product`, hold(tensorWith(`${output}/bias`, made.bias.values, made.bias.dims))], to)
  }
  const convolution = (node: NodeProto, input: string, to: string) => {
    const { weight, dims, bias, attribute } = weightsOf(node, view)
    const made = byteWeights(weight, bias, gridOf(input).scale, most)
    const name = `${to}/weight`
    const w = dequantised(name, tensorWith(`${name}/bytes`, made.weight, dims), made.scale)
    const b = dequantised(`${to}/bias`, tensorWith(`${to}/bias/integers`, made.bias, [made.bias.length]), made.biasScale)
    nodes.push({ opType: 'Conv', name: to, input: [input, w, b], output: [`${to}/exact`], attribute })
  }
  if (pixels) {
    let value = pixels.input
    for (const [i, move] of pixels.moves.entries()) {
      const next = `${pixels.value}/moved${i}`
      nodes.push({ ...move, name: next, input: [value, ...move.input.slice(1)], output: [next] })
      value = next
    }
    add('DequantizeLinear', `${pixels.value}/again`, [value, ...parameters(pixels.value)], pixels.value)
  }
  for (const node of graph.node) {
    if (gone.has(node) || pixels?.nodes.has(node)) continue
    const bytes = byNode.get(node)
    if (bytes?.to === null) {
      linear(bytes)
    } else if (bytes && isOp(node, 'Conv', 'BatchNormalization')) convolution(node, bytes.from[0]!, bytes.to)
    else {
      const value = bytes?.to ?? node.output[0]!
      const output = tensorsOfBytes.has(value) ? [`${value}/exact`, ...node.output.slice(1)] : node.output
      nodes.push({ ...node, output: [...output] })
    }
    const value = bytes?.to ?? node.output[0]!
    if (tensorsOfBytes.has(value)) settle(value)
  }
  return withoutUnused({ ...graph, node: nodes, initializer: [...graph.initializer, ...tensors], valueInfo: [] })
}

/** A convolution's weights; a BatchNorm that stands alone is a convolution of one pixel, each map by itself. */
function weightsOf(node: NodeProto, view: ReturnType<typeof viewOf>) {
  if (isOp(node, 'Conv')) {
    const tensor = view.constants.get(node.input[1]!)
    const weight = tensor && floatsOf(tensor)
    if (!weight) throw new Bug(`the weights of ${node.name} were there a moment ago`)
    const dims = dimsOf(tensor)
    const given = view.constants.get(node.input[2] ?? '')
    return { weight, dims, bias: (given && floatsOf(given)) ?? new Float32Array(dims[0]!), attribute: node.attribute }
  }
  const norm = normOf(node, view)
  if (!norm) throw new Bug(`the numbers of ${node.name} were there a moment ago`)
  const channels = norm.scale.length
  const attribute: AttributeProto[] = [
    { name: 'kernel_shape', type: 7, ints: [1, 1] },
    { name: 'group', type: 2, i: channels },
  ]
  return { weight: Float32Array.from(norm.scale), dims: [channels, 1, 1, 1], bias: Float32Array.from(norm.shift), attribute }
}
