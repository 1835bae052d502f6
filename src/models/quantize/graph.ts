/** From a float model and calibration pictures to quantised models: one for each way to choose the ranges. */

import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { byteInput } from '../byte-input.js'
import { makeSession } from '../device.js'
import { decodeModel, encodeModel, type ModelProto } from '../onnx/schema.js'
import type { OnnxFile } from '../onnx-file.js'
import { loadOrt } from '../ort.js'
import { withPreamble } from '../preamble.js'
import { folded } from './fold.js'
import { type Grid8, gridOf, type PixelSteps, type PixelTable, pixelSteps, pixelTable } from './pixels.js'
import { type Policy, policyOf } from './policy.js'
import { type RangeWay, rangeWays, type Spread, spreadsOf, withOutputs } from './ranges.js'
import { quantisedGraph } from './write.js'

/** Scales for each channel are part of DequantizeLinear since then. */
const oldestOpset = 13

/** A float model, ready to be written in bytes. */
export interface Prepared {
  readonly model: ModelProto
  readonly policy: Policy
  readonly pixels: PixelSteps | null
  readonly table: PixelTable | null
  /** The input that takes the bytes of the pictures. */
  readonly input: string
}

/** Throws MODEL_UNQUANTISABLE with the reason. `keep` names nodes that stay in floats. */
export function prepare(card: ModelCard, onnx: OnnxFile, keep: ReadonlySet<string> = new Set()): Prepared {
  const refuse = (why: string, hint: string) => new ModelError('MODEL_UNQUANTISABLE', `${card.name} cannot be quantised: ${why}`, { hint })
  const [head, ...others] = card.inputs
  if (!head || others.length > 0) throw refuse(`it takes ${card.inputs.length} pictures a patch`, 'models with one input are quantised')
  if (head.form === 'pixels') throw refuse('it sees pixels, not pictures', 'convolutions are quantised')
  if (onnx.facts.externalFiles.length > 0)
    throw refuse('it keeps tensors in other files', 'save it again in one file (onnx.save without external data)')
  if (onnx.facts.opset < oldestOpset)
    throw refuse(`its operators are of version ${onnx.facts.opset}`, `export it again with opset ${oldestOpset} or later`)
  const found = onnx.model.graph!.node.find(({ opType }) =>
    /^(QuantizeLinear|DequantizeLinear|QLinear\w+|ConvInteger|MatMulInteger)$/.test(opType),
  )
  if (found) throw refuse(`it is quantised already (${found.opType})`, 'quantise the model it was made from')
  if (head.dtype === 'float16') throw refuse('it computes in half precision', 'quantise the model it was made from')
  const bytes = withPreamble(onnx.model, card.inputs)
  if (!bytes) throw refuse('its pixels cannot be prepared inside of the graph', 'export it again with a later opset')
  const wrapped = decodeModel(bytes, onnx.file)
  const model = { ...wrapped, graph: folded(wrapped.graph!) }
  const policy = policyOf(model.graph, keep)
  if (![...policy.byNode.keys()].some(({ opType }) => opType === 'Conv')) {
    throw refuse('it has no convolution with constant weights', 'networks of convolutions are quantised, transformers are not')
  }
  const steps = pixelSteps(model.graph)
  // Pixels that share their scale with other tensors have no table of their own.
  const shared = steps && [...policy.group].some(([name, root]) => name !== steps.value && root === policy.group.get(steps.value))
  const pixels = shared ? null : steps
  return { model, policy, pixels, table: pixels && pixelTable(pixels), input: byteInput(head) }
}

/** How the values of every tensor of bytes are spread. */
export async function calibrate(
  card: ModelCard,
  { model, policy, pixels, input }: Prepared,
  pictures: readonly Uint8Array[],
  threads: number,
) {
  // What is tied to a concatenation is part of what comes out of it: that stands for all.
  const joined = [...policy.byNode.values()].filter(({ node }) => node.opType === 'Concat')
  const inside = new Set(joined.flatMap(({ from, to }) => from.filter((name) => policy.group.get(name) === policy.group.get(to))))
  const values = [...policy.group.keys()].filter((name) => !inside.has(name) && name !== pixels?.value)
  const ort = await loadOrt()
  const session = await makeSession(ort, withOutputs(model, values), 'cpu', threads)
  try {
    const { width, height } = card.inputs[0]!
    return await spreadsOf({ ort, session, input, width, height, batch: card.batch }, pictures)
  } finally {
    await session.release()
  }
}

export interface WriteAs {
  readonly way: RangeWay
  readonly most: number
}

/** The quantised model as bytes. */
export function written(prepared: Prepared, spreads: ReadonlyMap<string, Spread>, { way, most }: WriteAs): Uint8Array {
  const { model, policy, pixels, table } = prepared
  const ranges = new Map<string, readonly [number, number]>()
  for (const [name, spread] of spreads) {
    const root = policy.group.get(name) ?? name
    const [low, high] = rangeWays[way](spread)
    const [a, b] = ranges.get(root) ?? [low, high]
    ranges.set(root, [Math.min(a, low), Math.max(b, high)])
  }
  const grids = new Map([...ranges].map(([root, [low, high]]): [string, Grid8] => [root, gridOf(low, high)]))
  const grid = (tensor: string) => (tensor === pixels?.value && table ? table : grids.get(policy.group.get(tensor) ?? tensor)!)
  const graph = quantisedGraph(model.graph!, policy, { pixels, gridOf: grid, most })
  return encodeModel({ ...model, producerName: 'tiastream', graph })
}

/** How much of the network became bytes. */
export interface Coverage {
  /** Convolutions and matrix products that compute in bytes, and all of them. */
  readonly layers: number
  readonly of: number
  /** Operators that stay in floats: `Softmax`, `3 HardSigmoid`. */
  readonly floats: readonly string[]
}

export function coverageOf({ model, policy, pixels }: Prepared): Coverage {
  const nodes = model.graph!.node
  const layers = nodes.filter(({ opType }) => ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].includes(opType))
  const counts = new Map<string, number>()
  for (const node of nodes) {
    if (policy.byNode.has(node) || policy.gone.has(node) || pixels?.nodes.has(node)) continue
    counts.set(node.opType, (counts.get(node.opType) ?? 0) + 1)
  }
  return {
    layers: layers.filter((node) => policy.byNode.has(node)).length,
    of: layers.length,
    floats: [...counts].map(([op, count]) => (count === 1 ? op : `${count} ${op}`)),
  }
}
