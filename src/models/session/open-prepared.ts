/**
 * Loads a prepared model: finds the device, and gives the door to answers. A call of the session blocks its thread: whoever opens a model
 * does so in a thread that may be blocked. Needs nothing that reads model files, so that lanes start quickly.
 */

import type { Place } from '../../core/devices.js'
import { ModelError } from '../../core/errors.js'
import type { BatchOutput, PatchBatch, PatchStatus } from '../../core/items.js'
import type { Model, ModelCard } from '../../core/model.js'
import { converterOf } from './convert-pixels.js'
import { reasonOf, walkDevices } from './device.js'
import { checkBatch, type Feed, feedOf, tensorOf } from './inputs.js'
import { emptyOutputs, fillOutput } from './outputs.js'
import type { PreparedModel, Way } from './prepare.js'
import { openSession } from './runtimes.js'
import type { Asked, Numbers, Session, Settings } from './session.js'

export interface OpenOptions {
  /** In order of preference; one alone means that or nothing. */
  readonly devices: readonly string[]
  /** Threads of the session; default 1, since lanes are the threads. */
  readonly threads?: number
  /**
   * Pictures the graph is given at once, a shorter batch filled up; default: as many as the largest batch so far. The last bit of an answer
   * may depend on it, so a run names it.
   */
  readonly batch?: number
  /** How sessions are made. */
  readonly settings?: Settings
}

export interface OpenedModel extends Model {
  /** What a person should know: devices that were tried before, preprocessing that is not inside the graph. */
  readonly warnings: readonly string[]
  /** True when the graph takes the bytes as they come. */
  readonly fused: boolean
  /** In which numbers it computes. */
  readonly precision: string
}

/** Throws ModelError: RUNTIME_MISSING, DEVICE_MISSING or MODEL_REFUSED. */
export async function openPrepared(prepared: PreparedModel, options: OpenOptions): Promise<OpenedModel> {
  const { card } = prepared
  const { devices, threads = 1, batch = 1, settings = {} } = options
  const { value, place, warnings } = await walkDevices(devices, (one) => load(prepared, { ...one, threads, batch, settings }))
  const { session, way } = value
  const unfused = way.fused ? [] : [`${card.name}: pixels are prepared outside of the graph, which is slower: ${way.why}`]
  return doorOf(card, session, {
    ...place,
    precision: session.precision ?? prepared.precision,
    warnings: [...warnings, ...(session.warnings ?? []), ...unfused],
    fused: way.fused,
    batch,
  })
}

async function load(
  { card, ways, exactSums, precision }: PreparedModel,
  asked: Pick<Asked, 'device' | 'card' | 'threads' | 'batch' | 'settings'>,
): Promise<{ readonly session: Session; readonly way: Way }> {
  let failure: unknown
  for (const way of ways) {
    try {
      const { model, folder } = way
      const session = await openSession({ ...asked, model, exactSums, precision, ...(folder === undefined ? {} : { folder }) })
      session.ready?.(...formOf(card, way.fused, asked.batch))
      return { session, way }
    } catch (cause) {
      failure = cause
    }
  }
  // Every build of the runtime has the CPU: when that refuses, it is the model.
  if (asked.device !== 'cpu') throw failure
  throw new ModelError('MODEL_REFUSED', `onnxruntime does not load ${card.file}: ${reasonOf(failure)}`, {
    hint: 'export the model again, with operators that onnxruntime knows',
    cause: failure,
  })
}

/** A batch of no pixels, of the size that is to come. */
function formOf(card: ModelCard, fused: boolean, batch: number) {
  const size = card.batch ?? batch
  const given = card.inputs.map((input) => {
    const feed = feedOf(input, fused ? null : converterOf(input))
    const data = new Uint8Array(size * input.width * input.height * 3)
    const places = Array.from({ length: size }, (_, i) => i)
    return [feed.name, tensorOf(feed, { data, width: input.width, height: input.height }, { first: 0, places, size })] as const
  })
  return [Object.fromEntries(given), card.outputs.map(({ name }) => name)] as const
}

interface Door extends Place {
  readonly precision: string
  readonly warnings: readonly string[]
  readonly fused: boolean
  readonly batch: number
}

function doorOf(card: ModelCard, session: Session, { device, warnings, fused, precision, batch }: Door): OpenedModel {
  const feeds = card.inputs.map((input) => feedOf(input, fused ? null : converterOf(input)))
  const names = card.outputs.map(({ name }) => name)
  let open = true
  // The constant size: that of the graph, else the one asked for, unless a larger batch comes.
  let size = card.batch ?? batch
  return {
    card,
    device,
    warnings,
    fused,
    precision,
    async predict(batch) {
      if (!open) throw new ModelError('MODEL_FAILED', `${card.name} is asked after it was closed`)
      if (card.batch === null) size = Math.max(size, batch.patches.length)
      return predict(card, session, feeds, names, batch, size)
    },
    async close() {
      if (!open) return
      open = false
      await session.release()
    },
  }
}

async function predict(
  card: ModelCard,
  session: Session,
  feeds: readonly Feed[],
  names: readonly string[],
  batch: PatchBatch,
  size: number,
): Promise<PatchBatch> {
  const { patches, statuses } = batch
  const ok = statuses.map(({ status }) => status === 'ok')
  const pictures = ok.filter(Boolean).length
  const outputs = emptyOutputs(card, patches.length)
  if (pictures > 0) checkBatch(card, batch.inputs, pictures)
  /** Why there is no answer, by the place of the patch. */
  const unanswered = new Map<number, string>()
  let first = 0
  for (let from = 0; from < patches.length; from += size) {
    // A patch without a picture keeps its place: its neighbours' answers are to the last bit what they would be beside it.
    const places = ok.slice(from, from + size).flatMap((has, place) => (has ? [place] : []))
    if (places.length === 0) continue
    const given = Object.fromEntries(feeds.map((feed, i) => [feed.name, tensorOf(feed, batch.inputs[i]!, { first, places, size })]))
    const results = await answers(card, session, given, names)
    for (const output of card.outputs) {
      fillOutput(card, output, results[output.name]!, outputs[output.name]!, { from, places }, patches, (i, why) => unanswered.set(i, why))
    }
    first += places.length
  }
  return { patches, statuses: marked(statuses, outputs, unanswered), inputs: [], outputs: { ...batch.outputs, ...outputs } }
}

/** A patch that one output has no number for has no answer at all. */
function marked(
  statuses: readonly PatchStatus[],
  outputs: Readonly<Record<string, BatchOutput>>,
  unanswered: ReadonlyMap<number, string>,
): readonly PatchStatus[] {
  if (unanswered.size === 0) return statuses
  for (const i of unanswered.keys()) for (const { data, width } of Object.values(outputs)) data.fill(Number.NaN, i * width, (i + 1) * width)
  return statuses.map((status, i) => {
    const error = unanswered.get(i)
    return error === undefined ? status : { status: 'unanswered', error }
  })
}

async function answers(card: ModelCard, session: Session, given: Readonly<Record<string, Numbers>>, names: readonly string[]) {
  try {
    return await session.run(given, names)
  } catch (cause) {
    throw new ModelError('MODEL_FAILED', `${card.name} failed: ${reasonOf(cause)}`, { hint: 'the card may not fit the graph', cause })
  }
}
