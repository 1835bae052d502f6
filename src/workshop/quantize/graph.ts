/** From a float model and calibration pictures to quantised models: one for each way to choose the ranges. */

import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { nearest } from '../../core/text/nearest.js'
import { someOf } from '../../core/text/some-of.js'
import { elementTypes } from '../../models/onnx/element-types.js'
import type { OnnxFile } from '../../models/onnx/onnx-file.js'
import { withTensors } from '../../models/onnx/outside.js'
import type { ModelProto } from '../../models/onnx/schema.js'
import { upgraded, upgradedVersion } from '../../models/onnx/upgrade.js'
import { walkModel } from '../../models/onnx/walk.js'
import { byteInput } from '../../models/session/byte-input.js'
import { makeSession } from '../../models/session/device.js'
import { loadOrt } from '../../models/session/ort.js'
import { preambled } from '../../models/session/preamble.js'
import { settled, typesOf } from '../settle.js'
import { folded } from './fold.js'
import { type Grid8, gridOf, type PixelSteps, type PixelTable, pixelSteps, pixelTable } from './pixels.js'
import { type Policy, policyOf } from './policy.js'
import { type RangeWay, rangeWays, type Spread, spreadsOf, withOutputs } from './ranges.js'
import { quantisedGraph } from './write.js'

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
export async function prepare(card: ModelCard, onnx: OnnxFile, keep: ReadonlySet<string> = new Set()): Promise<Prepared> {
  const refuse = (why: string, hint: string) => new ModelError('MODEL_UNQUANTISABLE', `${card.name} cannot be quantised: ${why}`, { hint })
  const [head, ...others] = card.inputs
  if (!head || others.length > 0) throw refuse(`it takes ${card.inputs.length} pictures a patch`, 'models with one input are quantised')
  if (head.form === 'pixels') throw refuse('it sees pixels, not pictures', 'convolutions are quantised')
  const found = onnx.model.graph!.node.find(({ opType }) =>
    /^(QuantizeLinear|DequantizeLinear|QLinear\w+|ConvInteger|MatMulInteger)$/.test(opType),
  )
  if (found) throw refuse(`it is quantised already (${found.opType})`, 'quantise the model it was made from')
  if (head.dtype === 'float16' || holdsHalves(onnx.model))
    throw refuse('it computes in half precision', 'quantise the model it was made from')
  const names = onnx.model.graph!.node.flatMap(({ name }) => name || [])
  const unknown = [...keep].find((name) => !names.includes(name))
  if (unknown !== undefined) {
    const near = nearest(unknown, names)
    throw refuse(
      `it has no node '${unknown}' to be kept (--keep)`,
      near === null ? `its nodes are: ${someOf(names, 8)}` : `did you mean '${near}'?`,
    )
  }
  const whole = upgraded(await withTensors(onnx))
  if (typeof whole === 'string') throw refuse(whole, `export it again with opset ${upgradedVersion} or later`)
  const wrapped = preambled(await settled(whole, card, card.folder), card.inputs)
  if (!wrapped) throw refuse('its pixels cannot be prepared inside of the graph', 'export it again with a later opset')
  const model = { ...wrapped, graph: folded(wrapped.graph!) }
  const policy = policyOf(model.graph, keep, await typesOf(model, card.folder))
  if (![...policy.byNode.keys()].some(({ opType }) => ['Conv', 'MatMul', 'Gemm'].includes(opType))) {
    throw refuse(
      'it has no layer with constant weights, or one only, which stays in floats',
      'convolutions and linear layers are quantised',
    )
  }
  const steps = pixelSteps(model.graph)
  // Pixels that share their scale with other tensors have no table of their own.
  const shared = steps && [...policy.group].some(([name, root]) => name !== steps.value && root === policy.group.get(steps.value))
  const pixels = shared ? null : steps
  return { model, policy, pixels, table: pixels && pixelTable(pixels), input: byteInput(head) }
}

/** Weights of halves, wherever they are: the runtime computes with them as they are. */
function holdsHalves(model: ModelProto): boolean {
  let halves = false
  walkModel(model, {
    tensor({ dataType }) {
      halves ||= dataType === elementTypes.float16 || dataType === elementTypes.bfloat16
    },
  })
  return halves
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
  const inside = new Set(joined.flatMap(({ from, to }) => from.filter((name) => policy.group.get(name) === policy.group.get(to ?? ''))))
  const values = [...policy.group.keys()].filter((name) => !inside.has(name) && name !== pixels?.value)
  const ort = await loadOrt()
  const session = await makeSession(ort, withOutputs(model, values), 'cpu', threads, { folder: card.folder })
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

/** The quantised model. */
export function written(prepared: Prepared, spreads: ReadonlyMap<string, Spread>, { way, most }: WriteAs): ModelProto {
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
  return { ...model, producerName: 'tiastream', graph }
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
