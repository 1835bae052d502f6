/**
 * Preprocessing fused into the graph: the model is given new inputs that take the bytes of patches as they come (uint8, NHWC,
 * RGB), and nodes that make of them what the old inputs want:
 *
 *     bytes [N,H,W,3] ─Transpose─▶ [N,3,H,W] ─Gather─▶ BGR ─Cast─▶ float ─Mul─▶ ─Add─▶ ─Cast─▶ half ─▶ the old input
 *                                                                       (─Reshape─▶ [N·H·W,3] where it takes pixels)
 *
 * Transpose comes first, while the pixels are one byte each: then all of it costs nothing that can be measured.
 */

import { bytesOf } from '../../core/bytes-of.js'
import type { ModelInput } from '../../core/model.js'
import { elementTypes } from '../onnx/element-types.js'
import { inspectOnnx } from '../onnx/inspect-onnx.js'
import { type AttributeProto, encodeModel, type ModelProto, type NodeProto, type TensorProto } from '../onnx/schema.js'
import { affineOf } from './affine.js'
import { byteInput, takesBytes } from './byte-input.js'

/** Since then Mul and Add broadcast as NumPy does; an older graph is fed with floats made here. */
const oldestOpset = 7

/** The bytes of the model with its preprocessing inside, or null when it cannot be put there (an old opset). */
export function withPreamble(model: ModelProto, inputs: readonly ModelInput[]): Uint8Array | null {
  const wrapped = preambled(model, inputs)
  return wrapped && encodeModel(wrapped)
}

/** The same, not yet written. */
export function preambled(model: ModelProto, inputs: readonly ModelInput[]): ModelProto | null {
  const { opset } = inspectOnnx(model)
  if (opset < oldestOpset) return null
  const graph = model.graph!
  const wrapped = inputs.filter((input) => !takesBytes(input))
  const nodes = wrapped.flatMap(preambleOf)
  const input = graph.input.map((port) => {
    const head = wrapped.find(({ name }) => name === port.name)
    if (!head) return port
    const batch = (head.form === 'pixels' ? undefined : port.type?.tensorType?.shape?.dim[0]) ?? {}
    const dim = [batch, ...[head.height, head.width, 3].map((dimValue) => ({ value: 'dimValue' as const, dimValue }))]
    return { name: byteInput(head), type: { tensorType: { elemType: elementTypes.uint8, shape: { dim } } } }
  })
  return { ...model, graph: { ...graph, node: [...nodes, ...graph.node], input } }
}

function preambleOf(head: ModelInput): NodeProto[] {
  const nodes: NodeProto[] = []
  let value = byteInput(head)
  const add = (opType: string, more: readonly string[], attribute: AttributeProto[] = []) => {
    const name = `tiastream_${opType}_${nodes.length}:${head.name}`
    nodes.push({ opType, name, input: [value, ...more], output: [name], attribute })
    value = name
  }
  const constant = (tensor: TensorProto) => {
    const name = `tiastream_Constant_${nodes.length}:${head.name}`
    nodes.push({ opType: 'Constant', name, input: [], output: [name], attribute: [{ name: 'value', type: 4, t: tensor }] })
    return name
  }
  const planar = head.layout === 'NCHW'
  if (planar) add('Transpose', [], [{ name: 'perm', type: 7, ints: [0, 3, 1, 2] }])
  if (head.channels === 'BGR') {
    const order = constant({ dims: [3], dataType: elementTypes.int64, rawData: bytesOf(new BigInt64Array([2n, 1n, 0n])) })
    add('Gather', [order], [{ name: 'axis', type: 2, i: planar ? 1 : 3 }])
  }
  if (head.dtype !== 'uint8') {
    const { factor, offset } = affineOf(head)
    const dims = planar ? [1, 3, 1, 1] : [1, 1, 1, 3]
    const floats = (data: Float32Array) => constant({ dims, dataType: elementTypes.float32, rawData: bytesOf(data) })
    add('Cast', [], [{ name: 'to', type: 2, i: elementTypes.float32 }])
    if (factor.some((v) => v !== 1)) add('Mul', [floats(factor)])
    if (offset.some((v) => v !== 0)) add('Add', [floats(offset)])
    if (head.dtype === 'float16') add('Cast', [], [{ name: 'to', type: 2, i: elementTypes.float16 }])
  }
  if (head.form === 'pixels')
    add('Reshape', [constant({ dims: [2], dataType: elementTypes.int64, rawData: bytesOf(new BigInt64Array([-1n, 3n])) })])
  // The last node makes what the graph calls its input.
  nodes.at(-1)!.output = [head.name]
  return nodes
}
