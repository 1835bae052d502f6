/**
 * Loads a prepared model: finds the device, and gives the door to answers. A call of the session blocks its thread: whoever opens a model
 * does so in a thread that may be blocked. Needs nothing that reads model files, so that lanes start quickly.
 */

import { shown } from '../../core/argument.js'
import { partOf } from '../../core/batches/parts.js'
import type { Settings } from '../../core/device-settings.js'
import type { Place } from '../../core/devices.js'
import { ModelError, PipelineError } from '../../core/errors.js'
import type { BatchOutput, PatchBatch, PatchStatus } from '../../core/items.js'
import type { Model, ModelCard } from '../../core/model.js'
import { converterOf } from './convert-pixels.js'
import { reasonOf } from './device.js'
import { fuses } from './fused-attention.js'
import { checkBatch, type Feed, feedOf, tensorOf } from './inputs.js'
import { type CardRuns, isOutOfMemory, tryCard } from './on-card.js'
import { emptyOutputs, fillOutput } from './outputs.js'
import type { PreparedModel, Way } from './prepare.js'
import { openSession } from './runtimes.js'
import type { Asked, Numbers, Session } from './session.js'
import { walkDevices } from './walk-devices.js'
import { whyRefused } from './why-refused.js'

export interface OpenOptions {
  /** In order of preference; one alone means that or nothing. */
  readonly devices: readonly string[]
  /** Threads of the session; default 1, since lanes are the threads. */
  readonly threads?: number | undefined
  /**
   * Pictures the graph is given at once, a shorter batch filled up; default: as many as the largest batch so far. The last bit of an answer
   * may depend on it, so a run names it.
   */
  readonly batch?: number | undefined
  /** How sessions are made. */
  readonly settings?: Settings | undefined
  /** It has this thread for itself, as on a card: it is tried at once, and what it computes when is told. */
  readonly apart?: boolean | undefined
  /** Told of every run: when it began and ended, in milliseconds since 1970. */
  readonly ran?: ((began: number, ended: number) => void) | undefined
}

export interface OpenedModel extends Model {
  /** What a person should know: devices that were tried before, preprocessing that is not inside the graph. */
  readonly warnings: readonly string[]
  /** True when the graph takes the bytes as they come. */
  readonly fused: boolean
  /** In which numbers it computes. */
  readonly precision: string
  /** The entry of the list of devices that it runs on. */
  readonly entry: string
  /** What came to be known since it was opened: that batches had to be smaller. */
  news(): readonly string[]
  /** Name and version of the library, where it does not come with tiastream. */
  readonly library: string | null
}

/** Throws ModelError: RUNTIME_MISSING, DEVICE_MISSING or MODEL_REFUSED. */
export async function openPrepared(prepared: PreparedModel, options: OpenOptions): Promise<OpenedModel> {
  const { card } = prepared
  const { devices, threads = 1, batch = 1, settings = {}, apart = false, ran } = options
  const { value, place, entry, warnings } = await walkDevices(devices, async (one) => {
    const open = async (ways: readonly Way[]) => {
      const loaded = await load({ ...prepared, ways }, { ...one, threads, batch, settings })
      return { ...loaded, runs: apart ? await tried(prepared, loaded, one, batch) : null }
    }
    const fused = prepared.ways.filter(({ attention }) => attention)
    const plain = prepared.ways.filter(({ attention }) => !attention)
    if (fused.length === 0 || !(await fuses(one.device))) return open(plain)
    // A kernel that refuses this card, or these sizes, is done without.
    return open(fused).catch(() => open(plain))
  })
  const { session, way, runs } = value
  const inParts = place.device === 'cpu' && card.batch === null
  const unfused = way.fused ? [] : [`${card.name}: pixels are prepared outside of the graph, which is slower: ${way.why}`]
  return doorOf(card, session, {
    ...place,
    entry,
    runs,
    ran,
    precision: `${session.precision ?? prepared.precision}${way.attention ? ', fused attention' : ''}`,
    library: session.computedBy ?? null,
    warnings: [...warnings, ...(session.warnings ?? []), ...unfused],
    fused: way.fused,
    batch,
    part: inParts ? (size) => partOf(size, prepared.movesMuchMemory) : null,
  })
}

async function tried(prepared: PreparedModel, { session, way }: Loaded, place: Place, batch: number): Promise<CardRuns> {
  const { card } = prepared
  const nothing = (size: number) => nothingFor(card, way.fused, size)
  try {
    return await tryCard({ session, place, card, batch, nothing, holds: session.cardBytes ?? null })
  } catch (error) {
    await session.release()
    throw error
  }
}

/** A batch of black pictures. */
function nothingFor(card: ModelCard, fused: boolean, size: number): Readonly<Record<string, Numbers>> {
  const places = Array.from({ length: size }, (_, i) => i)
  const feeds = card.inputs.map((input) => {
    const { width, height } = input
    const feed = feedOf(input, fused ? null : converterOf(input))
    return [feed.name, tensorOf(feed, { data: new Uint8Array(size * width * height * 3), width, height }, { first: 0, places, size })]
  })
  return Object.fromEntries(feeds)
}

interface Loaded {
  readonly session: Session
  readonly way: Way
}

async function load(
  { card, ways, exactSums, sixteenBits, precision }: PreparedModel,
  asked: Pick<Asked, 'device' | 'card' | 'threads' | 'batch' | 'settings'>,
): Promise<Loaded> {
  let failure: unknown
  for (const way of ways) {
    try {
      const { model, folder, files } = way
      const beside = folder === undefined ? {} : { folder, ...(files === undefined ? {} : { files }) }
      const session = await openSession({ ...asked, model, exactSums, sixteenBits, precision, ...beside })
      session.ready?.(
        nothingFor(card, way.fused, card.batch ?? asked.batch),
        card.outputs.map(({ name }) => name),
      )
      return { session, way }
    } catch (cause) {
      // Without the runtime, another form of the model is of no use.
      if (cause instanceof ModelError && cause.code === 'RUNTIME_MISSING') throw cause
      failure = cause
    }
  }
  // Every build of the runtime has the CPU: when that refuses, it is the model.
  if (asked.device !== 'cpu') throw failure
  const { why, hint } = whyRefused(failure, precision)
  throw new ModelError('MODEL_REFUSED', `onnxruntime does not load ${card.file}: ${why}`, { hint, cause: failure })
}

interface Door extends Place {
  readonly entry: string
  readonly runs: CardRuns | null
  readonly ran: OpenOptions['ran']
  readonly precision: string
  readonly library: string | null
  readonly warnings: readonly string[]
  readonly fused: boolean
  readonly batch: number
  /** How much of a batch is given at once; null: it is given whole. */
  readonly part: ((size: number) => number) | null
}

function doorOf(card: ModelCard, session: Session, door: Door): OpenedModel {
  const { device, entry, warnings, fused, precision, library, batch, runs, ran } = door
  const feeds = card.inputs.map((input) => feedOf(input, fused ? null : converterOf(input)))
  const names = card.outputs.map(({ name }) => name)
  let open = true
  // The constant size: that of the graph, else the one asked for, unless a larger batch comes.
  let size = card.batch ?? batch
  let { part } = door
  let told = runs?.warnings.length ?? 0
  const atOnce = () => (runs === null ? size : Math.min(size, runs.most))
  const asked: AskedGraph = {
    card,
    feeds,
    size: () => part?.(atOnce()) ?? atOnce(),
    async answers(given) {
      const began = performance.now()
      try {
        return await session.run(given, names)
      } finally {
        ran?.(performance.timeOrigin + began, performance.timeOrigin + performance.now())
      }
    },
    async again(cause, of) {
      if (runs !== null && (await runs.again(cause, of))) return true
      // A graph that has the number of pictures inside, without saying so, takes whole batches alone.
      const inParts = of < atOnce() && !isOutOfMemory(cause)
      if (inParts) part = null
      return inParts
    },
  }
  return {
    card,
    device,
    entry,
    warnings: [...warnings, ...(runs?.warnings ?? [])],
    fused,
    precision,
    news() {
      const news = runs?.warnings.slice(told) ?? []
      told += news.length
      return news
    },
    library,
    async predict(batch) {
      if (!open) throw new ModelError('MODEL_FAILED', `${card.name} is asked after it was closed`)
      mustBeBatch(card, batch)
      if (card.batch === null) size = Math.max(size, batch.patches.length)
      return predict(asked, batch)
    },
    async close() {
      if (!open) return
      open = false
      await session.release()
    },
  }
}

/** A program in JavaScript has no compiler that says so. */
function mustBeBatch({ name }: ModelCard, batch: unknown): void {
  const { patches, statuses, inputs } = (batch ?? {}) as Partial<PatchBatch>
  if ([patches, statuses, inputs].every(Array.isArray)) return
  throw new PipelineError('OPTION_INVALID', `predict of ${name} takes a batch of patches with their pixels, and is given ${shown(batch)}`, {
    hint: 'the stage batch makes one: compose(slide, [grid(), extract(), batch(), infer({ model })], { models })',
  })
}

interface AskedGraph {
  readonly card: ModelCard
  readonly feeds: readonly Feed[]
  /** Pictures at once, by now. */
  size(): number
  answers(given: Readonly<Record<string, Numbers>>): Promise<Readonly<Record<string, Numbers>>>
  /** After a failure: whether to ask again, since there is another number of pictures at once from now on. */
  again(cause: unknown, of: number): Promise<boolean>
}

async function predict({ card, feeds, size: sizeNow, answers, again }: AskedGraph, batch: PatchBatch): Promise<PatchBatch> {
  const { patches, statuses } = batch
  const ok = statuses.map(({ status }) => status === 'ok')
  const pictures = ok.filter(Boolean).length
  const outputs = emptyOutputs(card, patches.length)
  if (pictures > 0) checkBatch(card, batch.inputs, pictures)
  /** Why there is no answer, by the place of the patch. */
  const unanswered = new Map<number, string>()
  let first = 0
  for (let from = 0; from < patches.length; ) {
    const size = sizeNow()
    // A patch without a picture keeps its place: its neighbours' answers are to the last bit what they would be beside it.
    const places = ok.slice(from, from + size).flatMap((has, place) => (has ? [place] : []))
    if (places.length > 0) {
      const given = Object.fromEntries(feeds.map((feed, i) => [feed.name, tensorOf(feed, batch.inputs[i]!, { first, places, size })]))
      let results: Readonly<Record<string, Numbers>>
      try {
        results = await answers(given)
      } catch (cause) {
        if (await again(cause, size)) continue
        const hint = isOutOfMemory(cause) ? smallerBatch(size) : 'the card may not fit the graph'
        throw new ModelError('MODEL_FAILED', `${card.name} failed: ${reasonOf(cause)}`, { hint, cause })
      }
      for (const output of card.outputs) {
        fillOutput(card, output, results[output.name]!, outputs[output.name]!, { from, places, given: size }, patches, (i, why) =>
          unanswered.set(i, why),
        )
      }
      first += places.length
    }
    from += size
  }
  return { patches, statuses: marked(statuses, outputs, unanswered), inputs: [], outputs: { ...batch.outputs, ...outputs } }
}

/** Of a batch that memory did not do for. */
const smallerBatch = (size: number): string =>
  size > 1
    ? `${size} patches at once need more memory than there is: batch: { size: ${size >> 2 || 1} }`
    : 'fewer lanes leave more memory for it'

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
