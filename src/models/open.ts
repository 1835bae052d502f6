/**
 * Opens a model: reads the file, looks into it, puts the preprocessing inside, finds the device, and gives the door to answers.
 * A call of the session blocks its thread: whoever opens a model does so in a thread that may be blocked.
 */

import { ModelError } from '../core/errors.js'
import type { PatchBatch } from '../core/items.js'
import type { DeviceName, Model, ModelCard } from '../core/model.js'
import { converterOf } from './convert-pixels.js'
import { type Loadable, makeSession, reasonOf, walkDevices } from './device.js'
import { checkBatch, type Feed, feedOf, tensorOf } from './inputs.js'
import { type OnnxFile, readOnnx } from './onnx-file.js'
import { type InferenceSession, loadOrt, type Ort, type Tensor } from './ort.js'
import { emptyOutputs, fillOutput } from './outputs.js'
import { takesBytes, withPreamble } from './preamble.js'

export interface OpenOptions {
  /** In order of preference; one alone means that or nothing. */
  readonly devices: readonly string[]
  /** Threads of the session; default 1, since lanes are the threads. */
  readonly threads?: number
}

export interface OpenedModel extends Model {
  /** What a person should know: devices that were tried before, preprocessing that is not inside the graph. */
  readonly warnings: readonly string[]
  /** True when the graph takes the bytes as they come. */
  readonly fused: boolean
}

/** Throws ModelError: RUNTIME_MISSING, DEVICE_MISSING, MODEL_REFUSED, MODEL_CHANGED, or what is wrong with the file. */
export async function openModel(card: ModelCard, { devices, threads = 1 }: OpenOptions): Promise<OpenedModel> {
  const onnx = await readOnnx(card.file)
  if (onnx.sha256 !== card.sha256) {
    throw new ModelError('MODEL_CHANGED', `${card.file} is not the file the card was read for: sha256 ${onnx.sha256}, not ${card.sha256}`, {
      hint: 'the file changed meanwhile; start again',
    })
  }
  const ort = await loadOrt()
  const ways = waysOf(card, onnx)
  const { value, device, warnings } = await walkDevices(devices, (name) => load(ort, card, ways, name, threads))
  const { session, way } = value
  const unfused = way.fused ? [] : [`${card.name}: pixels are prepared outside of the graph, which is slower: ${way.why}`]
  return doorOf(ort, card, session, device, [...warnings, ...unfused], way.fused)
}

/** A way to load the model: its preprocessing inside, or (as it is) with pixels prepared here. */
interface Way {
  readonly model: Loadable
  readonly fused: boolean
  readonly why: string
}

function waysOf(card: ModelCard, onnx: OnnxFile): Way[] {
  const external = onnx.facts.externalFiles.length > 0
  // Tensors in other files are found from the path only.
  const whole: Loadable = external ? onnx.file : onnx.bytes
  if (card.inputs.every(takesBytes)) return [{ model: whole, fused: true, why: '' }]
  const plain = { model: whole, fused: false }
  if (external) return [{ ...plain, why: 'it keeps tensors in other files' }]
  const inside = withPreamble(onnx.model, card.inputs)
  if (inside === null) return [{ ...plain, why: `its operators are of version ${onnx.facts.opset}` }]
  return [
    { model: inside, fused: true, why: '' },
    { ...plain, why: 'the runtime refuses the graph with it inside' },
  ]
}

async function load(ort: Ort, card: ModelCard, ways: readonly Way[], device: DeviceName, threads: number) {
  let failure: unknown
  for (const way of ways) {
    try {
      return { session: await makeSession(ort, way.model, device, threads), way }
    } catch (cause) {
      failure = cause
    }
  }
  // Every build of the runtime has the CPU: when that refuses, it is the model.
  if (device !== 'cpu') throw failure
  throw new ModelError('MODEL_REFUSED', `onnxruntime does not load ${card.file}: ${reasonOf(failure)}`, {
    hint: 'export the model again, with operators that onnxruntime knows',
    cause: failure,
  })
}

function doorOf(
  ort: Ort,
  card: ModelCard,
  session: InferenceSession,
  device: DeviceName,
  warnings: readonly string[],
  fused: boolean,
): OpenedModel {
  const feeds = card.inputs.map((input) => feedOf(input, fused ? null : converterOf(input)))
  const names = card.outputs.map(({ name }) => name)
  let open = true
  // The constant size: that of the graph, else the largest batch so far (the last one of a slide is filled up to it).
  let size = card.batch ?? 1
  return {
    card,
    device,
    warnings,
    fused,
    async predict(batch) {
      if (!open) throw new ModelError('MODEL_FAILED', `${card.name} is asked after it was closed`)
      if (card.batch === null) size = Math.max(size, batch.patches.length)
      return predict(ort, card, session, feeds, names, batch, size)
    },
    async close() {
      if (!open) return
      open = false
      await session.release()
    },
  }
}

async function predict(
  ort: Ort,
  card: ModelCard,
  session: InferenceSession,
  feeds: readonly Feed[],
  names: readonly string[],
  batch: PatchBatch,
  size: number,
): Promise<PatchBatch> {
  const { patches, statuses } = batch
  const owners = patches.flatMap((_, i) => (statuses[i]?.status === 'ok' ? [i] : []))
  const outputs = emptyOutputs(card, patches.length)
  if (owners.length > 0) checkBatch(card, batch.inputs, owners.length)
  for (let from = 0; from < owners.length; from += size) {
    const to = Math.min(from + size, owners.length)
    const given = Object.fromEntries(feeds.map((feed, i) => [feed.name, tensorOf(ort, feed, batch.inputs[i]!, from, to, size)]))
    const results = await answers(card, session, given, names)
    for (const output of card.outputs) {
      fillOutput(card, output, results[output.name] as Tensor, outputs[output.name]!, owners.slice(from, to), patches)
    }
  }
  return { patches, statuses, inputs: [], outputs: { ...batch.outputs, ...outputs } }
}

async function answers(card: ModelCard, session: InferenceSession, given: Record<string, Tensor>, names: readonly string[]) {
  try {
    return await session.run(given, names)
  } catch (cause) {
    throw new ModelError('MODEL_FAILED', `${card.name} failed: ${reasonOf(cause)}`, { hint: 'the card may not fit the graph', cause })
  }
}
