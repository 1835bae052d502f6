/**
 * The thread of a lane. Owns its file handles, its tile caches and (on a CPU, or for a device) its session; runs the stages of its
 * segment over one block at a time. Addresses come in, numbers go out; pixels leave only by transfer, towards a device.
 */

import { bugInRun, recordOf } from '../../core/errors.js'
import type { StageEvent } from '../../core/events.js'
import type { Item, Items, Patch, PatchBatch } from '../../core/items.js'
import type { Model } from '../../core/model.js'
import { providedIn } from '../../core/roles.js'
import type { Slide, SlideIdentity, SlideRef } from '../../core/slide.js'
import type { Stage, StageContext } from '../../core/stage.js'
import type { Job } from '../../flow/lanes.js'
import { isClosing, laneData, serveLane } from '../../flow/serve-lane.js'
import { openPrepared } from '../../models/session/open-prepared.js'
import { openWith } from '../../readers/open-with.js'
import { preload } from '../../readers/preload.js'
import { picturesAtOnce } from '../../stages/mask/ask-model.js'
import { inLanes } from '../environment/in-lanes.js'
import { chain, loadStages, streamOf } from './chain.js'
import type { BlockAnswer, Closed, LaneData, LaneJob, LaneModels, Ready } from './lane-protocol.js'

const data = laneData() as LaneData

interface Opened {
  readonly stages: readonly Stage[]
  readonly models: Readonly<Record<string, Model>>
}

const slides = new Map<string, { readonly ref: SlideRef; readonly identity: SlideIdentity; slide?: Promise<Slide> }>()
const never = new AbortController().signal
// While the main thread prepares the models.
if (data.kind) void preload(data.kind, providedIn(data.stages, 'pixels')[0]?.decode ?? 'exact')
let opened: Promise<Opened> | undefined
/** Those that the main thread asks, and once they were asked, open. */
let mainModels: LaneModels = {}
const forMain = new Map<string, Promise<Model>>()

async function openAll(prepared: LaneModels): Promise<Opened> {
  const { devices, batch } = data
  const stages = await loadStages(data.stages, inLanes.work)
  const models: Record<string, Model> = {}
  for (const [name, one] of Object.entries(prepared)) models[name] = await openPrepared(one, { devices, threads: 1, batch })
  return { stages, models }
}

function slideOf(key: string): Promise<Slide> {
  const entry = slides.get(key)
  if (entry === undefined) throw bugInRun(`a lane was asked for slide '${key}', which it was never told of`)
  const slide = entry.slide ?? openWith(inLanes.readers, entry.ref, { cacheBytes: data.cacheBytes, identity: entry.identity })
  entry.slide = slide
  return slide
}

/** The slide of a device segment: its stages see batches only. */
const noSlide = new Proxy({} as Slide, {
  get: () => {
    throw bugInRun('a stage in a device segment asked for the slide')
  },
})

async function run(items: readonly Items[Item][], slide: Slide): Promise<Job> {
  const { stages, models } = await (opened ?? fail('a lane was given work before its models'))
  const told: StageEvent[] = []
  const ctx: StageContext = {
    slide,
    model: (name) => timed(models[name] ?? fail(`no model '${name}' in this lane`), (event) => told.push(event)),
    signal: never,
    tell: (event) => told.push(event),
  }
  const batches: PatchBatch[] = []
  for await (const batch of chain<'batch'>(stages, streamOf(items), ctx)) {
    if (isClosing()) throw new Error('the lanes are closed')
    batches.push(data.keepPixels ? batch : { ...batch, inputs: [] })
  }
  const answer: BlockAnswer = { batches, told }
  return { body: answer, transfer: buffersOf(batches) }
}

/** Stages read no clock: how long the model took is noted from outside. */
function timed(model: Model, tell: (event: StageEvent) => void): Model {
  return {
    ...model,
    async predict(batch) {
      const start = performance.now()
      const answered = await model.predict(batch)
      tell({ type: 'time', name: 'infer', ms: performance.now() - start })
      return answered
    },
  }
}

/** An answer for a stage of the main thread, which must not be blocked. */
async function predict(name: string, batch: PatchBatch): Promise<Job> {
  const prepared = mainModels[name] ?? fail(`no model '${name}' for the main thread`)
  const model = forMain.get(name) ?? openPrepared(prepared, { devices: ['cpu'], threads: 1, batch: picturesAtOnce(prepared.card) })
  forMain.set(name, model)
  const answer = await (await model).predict(batch)
  return { body: answer, transfer: buffersOf([answer]) }
}

function fail(message: string): never {
  throw bugInRun(message)
}

/** The buffers of the batches, each once. A view on part of a larger buffer is copied with the message instead. */
function buffersOf(batches: readonly PatchBatch[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  for (const { inputs, outputs } of batches) {
    for (const { data: bytes } of inputs) buffers.add(bytes.buffer as ArrayBuffer)
    for (const { data: numbers } of Object.values(outputs)) {
      if (numbers.byteLength === numbers.buffer.byteLength) buffers.add(numbers.buffer as ArrayBuffer)
    }
  }
  return [...buffers]
}

async function work(job: LaneJob): Promise<Job> {
  switch (job.type) {
    case 'ready': {
      mainModels = job.mainModels
      opened = openAll(job.models)
      const { models } = await opened
      const used = Object.values(models)
      const warnings = used.flatMap((model) => model.warnings ?? [])
      const answer: Ready = used.length === 0 ? { warnings } : { device: used[0]!.device, warnings }
      return { body: answer }
    }
    case 'open':
      slides.set(job.key, { ref: job.ref, identity: job.identity })
      // Opened meanwhile: what goes wrong is told to the first block that needs it.
      slideOf(job.key).catch(() => undefined)
      return { body: null }
    case 'block':
      return run(job.patches as readonly Patch[], await slideOf(job.key))
    case 'batches':
      return run(job.batches, noSlide)
    case 'predict':
      return predict(job.model, job.batch)
    case 'close': {
      const slide = await slides.get(job.key)?.slide?.catch(() => undefined)
      slides.delete(job.key)
      const answer: Closed = { counts: slide?.counts() ?? null, touched: slide?.touched?.() ?? [] }
      await slide?.close()
      return { body: answer }
    }
  }
}

async function finish(): Promise<void> {
  for (const { slide } of slides.values()) await slide?.then((open) => open.close()).catch(() => undefined)
  const models = await opened?.then((all) => Object.values(all.models)).catch(() => [])
  for (const model of models ?? []) await model.close()
  for (const model of forMain.values()) await model.then((one) => one.close()).catch(() => undefined)
}

serveLane({ work: (body) => work(body as LaneJob), record: recordOf, finish })
