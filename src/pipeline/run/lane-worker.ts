/**
 * The thread of a lane. Owns its file handles, its tile caches and (on a CPU, or for a device) its session; runs the stages of its
 * segment over one block at a time. Addresses come in, numbers go out; pixels leave only by transfer, towards a device.
 */

import { messageOf } from '../../core/batches/batch-bytes.js'
import { concatOf } from '../../core/batches/join.js'
import { batchOf } from '../../core/batches/rows-of.js'
import { bugInRun, type ErrorRecord, errorFrom, ModelError, recordOf } from '../../core/errors.js'
import type { StageEvent } from '../../core/events.js'
import type { Item, Items } from '../../core/items.js'
import type { Model } from '../../core/model.js'
import { providedIn } from '../../core/roles.js'
import type { Slide, SlideRef } from '../../core/slide.js'
import type { Stage, StageContext } from '../../core/stage.js'
import type { Job } from '../../flow/lanes.js'
import { isClosing, laneData, serveLane } from '../../flow/serve-lane.js'
import { type OpenedModel, openPrepared } from '../../models/session/open-prepared.js'
import { openWith } from '../../readers/open-with.js'
import { preload } from '../../readers/preload.js'
import { laneEnvironment } from '../environment/in-lanes.js'
import { patchesIn } from '../plan/addresses.js'
import { chain, loadStages, streamOf } from './chain.js'
import {
  type BlockAnswer,
  type BlockRead,
  type Closed,
  type Devices,
  type LaneData,
  type LaneJob,
  type LaneModels,
  type ModelSettings,
  pixelBuffers,
  type Ready,
} from './lane-protocol.js'
import { keepNoPixels, pixelMemory } from './pixel-memory.js'

const data = laneData() as LaneData

type LaneOpen = Extract<LaneJob, { type: 'open' }>

interface Opened {
  readonly stages: readonly Stage[]
  readonly models: Readonly<Record<string, OpenedModel>>
  readonly refused: Readonly<Record<string, ErrorRecord>>
}

const slides = new Map<string, Pick<LaneOpen, 'ref' | 'identity' | 'known'> & { slide?: Promise<Slide> }>()
const never = new AbortController().signal
const environment = laneEnvironment(data.plugins)
// Told to the first who needs it.
environment.catch(() => undefined)
// While the main thread prepares the models.
if (data.kind) void preload(data.kind, providedIn(data.stages, 'pixels')[0]?.decode ?? 'exact')
/** Pixels that go to another thread are gone here. */
const usesMemoryAgain = environment.then(
  ({ work }) => !data.toDevice && keepNoPixels(data.stages, work),
  () => false,
)
let opened: Promise<Opened> | undefined

/** When the device of this thread computed, since the last answer. */
let ran: number[] = []

async function openAll(prepared: LaneModels, devices: Devices, settings: ModelSettings): Promise<Opened> {
  const { batch } = data
  const apart = data.apart ? { apart: true, ran: (began: number, ended: number) => ran.push(began, ended) } : {}
  const models: Record<string, OpenedModel> = {}
  const refused: Record<string, ErrorRecord> = {}
  for (const [name, one] of Object.entries(prepared)) {
    try {
      const { [name]: own = ['cpu'] } = devices
      models[name] = await openPrepared(one, { devices: own, threads: 1, batch, settings: settings[name] ?? {}, ...apart })
    } catch (error) {
      if (!(error instanceof ModelError) || error.code !== 'DEVICE_MISSING') throw error
      refused[name] = recordOf(error)
    }
  }
  const stages = await loadStages(
    data.stages.filter(({ provides: { answers } }) => !answers || models[answers.model]),
    (await environment).work,
  )
  return { stages, models, refused }
}

function slideOf(key: string): Promise<Slide> {
  const entry = slides.get(key)
  if (entry === undefined) throw bugInRun(`a lane was asked for slide '${key}', which it was never told of`)
  const slide = entry.slide ?? openOf(entry)
  entry.slide = slide
  return slide
}

const openOf = async ({ ref, identity, known }: Pick<LaneOpen, 'ref' | 'identity' | 'known'>) =>
  openWith((await environment).readers, ref, { cacheBytes: data.cacheBytes, identity, again: true, known: known ?? undefined })

/** The slide of a device segment: its stages see batches only, and what rows say of the slide. */
const unread = (ref: SlideRef): Slide =>
  new Proxy({ ref } as Slide, {
    get: (slide, name) => {
      if (name === 'ref') return slide.ref
      throw bugInRun('a stage in a device segment asked for the slide')
    },
  })

/** `asked`: models that must be open here. One that was refused at the start is asked in the lanes. */
async function run(items: readonly Items[Item][], slide: Slide, asked: readonly string[] = []): Promise<Job> {
  const { stages, models, refused } = await (opened ?? fail('a lane was given work before its models'))
  // A thread that was started again may find its device no more.
  for (const model of asked) if (refused[model]) throw errorFrom(refused[model])
  const began = performance.now()
  const told: StageEvent[] = []
  const ctx: StageContext = {
    slide,
    model: (name) => timed(models[name] ?? fail(`no model '${name}' in this lane`), (event) => told.push(event)),
    signal: never,
    tell: (event) => told.push(event),
    folder: data.folder,
    ...((await usesMemoryAgain) ? { pixelMemory } : {}),
  }
  if (data.toDevice) {
    const batches = await allOf(chain<'batch'>(stages, streamOf(items), ctx))
    return { body: { batches, told, ms: performance.now() - began } satisfies BlockRead, transfer: pixelBuffers(batches) }
  }
  const parts = await allOf(chain<'rows'>(stages, streamOf(items), ctx))
  const rows = parts.length > 0 ? concatOf(parts) : batchOf(data.stages.at(-1)?.gives ?? [], [], 0)
  const { message, transfer } = messageOf(rows)
  const answer: BlockAnswer = { rows: message, told, ms: performance.now() - began, ...(data.apart ? { ran } : {}) }
  ran = []
  return { body: answer, transfer }
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) {
    if (isClosing()) throw new Error('the lanes are closed')
    all.push(item)
  }
  return all
}

/** Stages read no clock: how long the model took is noted from outside. */
function timed(model: OpenedModel, tell: (event: StageEvent) => void): Model {
  return {
    ...model,
    async predict(batch) {
      const start = performance.now()
      const answered = await model.predict(batch)
      tell({ type: 'time', name: 'infer', ms: performance.now() - start })
      for (const message of model.news()) tell({ type: 'warning', code: 'BATCH_SMALLER', message })
      return answered
    },
  }
}

function fail(message: string): never {
  throw bugInRun(message)
}

async function work(job: LaneJob): Promise<Job> {
  switch (job.type) {
    case 'ready': {
      opened = openAll(job.models, job.devices, job.settings ?? {})
      const { models, refused } = await opened
      const answer: Ready = {
        devices: Object.fromEntries(Object.entries(models).map(([name, { device }]) => [name, device])),
        entries: Object.fromEntries(Object.entries(models).map(([name, { entry }]) => [name, entry])),
        precisions: Object.fromEntries(Object.entries(models).map(([name, { precision }]) => [name, precision])),
        libraries: Object.values(models).flatMap(({ library }) => library ?? []),
        refused,
        warnings: Object.values(models).flatMap((model) => model.warnings ?? []),
      }
      return { body: answer }
    }
    case 'open':
      slides.set(job.key, { ref: job.ref, identity: job.identity, known: job.known })
      // Opened meanwhile: what goes wrong is told to the first block that needs it.
      slideOf(job.key).catch(() => undefined)
      return { body: null }
    case 'block':
      return run(patchesIn(job.patches), await slideOf(job.key))
    case 'batches':
      return run(job.batches, unread(job.ref), job.models)
    case 'close': {
      const slide = await slides.get(job.key)?.slide?.catch(() => undefined)
      slides.delete(job.key)
      const answer: Closed = { counts: slide?.counts() ?? null, touched: slide?.touched?.() ?? [] }
      await slide?.close()
      return { body: answer }
    }
  }
}

/** While a block is at work, what the one behind it needs comes from where it lies, should that be far away. */
function next(job: LaneJob): void {
  if (job.type !== 'block') return
  const { slide } = slides.get(job.key) ?? {}
  // After what the block at work reads, and whatever comes of it is told when its turn comes.
  setImmediate(() => {
    void Promise.all([slide, opened])
      .then(([slide, lane]) => {
        if (slide?.ahead) lane?.stages[0]?.ahead?.(patchesIn(job.patches), slide)
      })
      .catch(() => undefined)
  })
}

async function finish(): Promise<void> {
  for (const { slide } of slides.values()) await slide?.then((open) => open.close()).catch(() => undefined)
  const models = await opened?.then((all) => Object.values(all.models)).catch(() => [])
  for (const model of models ?? []) await model.close()
}

serveLane({ work: (body) => work(body as LaneJob), next: (body) => next(body as LaneJob), record: recordOf, finish })
