/**
 * The thread of a helper: makes masks, and runs the sinks that draw. It reads slides through handles of its own, and its work is cut into
 * turns of the event loop, between which it looks whether a slide was given up.
 */

import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { bugInRun, recordOf, SlideError } from '../../core/errors.js'
import type { StageEvent } from '../../core/events.js'
import type { Model } from '../../core/model.js'
import type { Slide } from '../../core/slide.js'
import type { Job } from '../../flow/lanes.js'
import { isClosing, laneData, serveLane } from '../../flow/serve-lane.js'
import { unlessFailed } from '../../flow/unless-failed.js'
import { Mask } from '../../geometry/coverage.js'
import { openWith } from '../../readers/open-with.js'
import type { MaskOptions } from '../../stages/mask/spec.js'
import { helperEnvironment } from '../environment/in-helpers.js'
import { mainCacheBytes } from '../plan/cache-bytes.js'
import { afterDeath } from './dead-thread.js'
import type { HelpedSlide, HelperData, HelperJob, MadeMask, Read } from './helper-protocol.js'
import type { LaneModels } from './lane-protocol.js'

/** Milliseconds between two looks at whether a slide was given up. */
const lookEvery = 50

const { plugins, masks } = laneData() as HelperData
const environment = helperEnvironment(plugins.map(({ module }) => module))
// Told to the first who needs it.
environment.catch(() => undefined)
const loadMask = () => import('../../stages/mask/make.js')
// While the main thread prepares the run. The other helper loads no masks, and neither loads sessions, which masks seldom ask.
if (masks) loadMask().catch(() => undefined)

class OpenSlide {
  readonly controller = new AbortController()
  mask: Mask | null | undefined
  private opened: Promise<Slide> | undefined
  private readonly watch: NodeJS.Timeout

  constructor(private readonly of: HelpedSlide) {
    const stop = new Int32Array(of.stop)
    this.watch = setInterval(() => {
      if (isClosing() || Atomics.load(stop, 0) === 1) this.controller.abort(new Error('the slide is given up'))
    }, lookEvery)
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  slide(): Promise<Slide> {
    const { ref, identity, known } = this.of
    this.opened ??= environment.then(({ readers }) =>
      openWith(readers, ref, { cacheBytes: mainCacheBytes, identity, again: true, known: known ?? undefined, signal: this.signal }),
    )
    return this.opened
  }

  async close(): Promise<Read> {
    clearInterval(this.watch)
    const slide = await this.opened?.catch(() => undefined)
    const read = slide?.counts() ?? null
    await slide?.close()
    return read
  }
}

interface OpenSink {
  readonly writable: Writable
  /** Resolves when all of it is written, rejects when it fails. */
  readonly ended: Promise<void>
  readonly unlessEnded: ReturnType<typeof unlessFailed>
  readonly of: OpenSlide
}

const slides = new Map<string, OpenSlide>()
const sinks = new Map<number, OpenSink>()
let models: LaneModels = {}
const opened = new Map<string, Promise<Model>>()

function slideOf(of: HelpedSlide): OpenSlide {
  const open = slides.get(of.ref.id) ?? new OpenSlide(of)
  slides.set(of.ref.id, open)
  return open
}

function sinkOf(id: number): OpenSink {
  const sink = sinks.get(id)
  if (sink !== undefined) return sink
  throw new SlideError('LANE_DIED', 'the thread that drew a picture of this slide has ended, and the picture with it', {
    hint: afterDeath(plugins),
  })
}

/** A session blocks its thread, which this one may be. */
function modelOf(name: string): Model {
  const prepared = models[name]
  if (prepared === undefined) throw bugInRun(`no model '${name}' in this helper`)
  const one = opened.get(name) ?? openModel(prepared)
  opened.set(name, one)
  return { card: prepared.card, device: 'cpu', predict: async (batch) => (await one).predict(batch), close: async () => undefined }
}

async function openModel(prepared: LaneModels[string]): Promise<Model> {
  const [{ openPrepared }, { picturesAtOnce }] = await Promise.all([
    import('../../models/session/open-prepared.js'),
    import('../../stages/mask/ask-model.js'),
  ])
  return openPrepared(prepared, { devices: ['cpu'], threads: 1, batch: picturesAtOnce(prepared.card) })
}

async function makeMask({ slide: of, options, folder }: Extract<HelperJob, { type: 'mask' }>): Promise<Job> {
  const told: StageEvent[] = []
  const open = slideOf(of)
  const { maskOf } = await loadMask()
  const tell = (event: StageEvent) => void told.push(event)
  const mask = await maskOf(await open.slide(), options as MaskOptions, {
    signal: open.signal,
    folder,
    model: modelOf,
    tell,
    marks: of.marks,
  })
  const made: MadeMask = { mask: mask?.parts() ?? null, told }
  return { body: made }
}

async function openSink({ sink, slide, name, options, place }: Extract<HelperJob, { type: 'open' }>): Promise<void> {
  const of = slideOf(slide)
  const { default: open } = await (await environment).sinks[name]!()
  const writable = await open(options as never, {
    ...place,
    slide: await of.slide(),
    signal: of.signal,
    mask: () => of.mask,
    // Its rows say it.
    ...(slide.marks ? { unread: () => undefined } : {}),
  })
  const ended = finished(writable, { readable: false })
  // Told to who writes to it.
  sinks.set(sink, { writable, ended, unlessEnded: unlessFailed(ended), of })
}

async function work(job: HelperJob): Promise<Job> {
  switch (job.type) {
    case 'ready':
      models = job.models
      return { body: null }
    case 'mask':
      return makeMask(job)
    case 'predict':
      return { body: await modelOf(job.model).predict(job.batch) }
    case 'open':
      await openSink(job)
      return { body: null }
    case 'write': {
      const { writable, unlessEnded, of } = sinkOf(job.sink)
      if (job.mask !== undefined) of.mask = job.mask && Mask.ofParts(job.mask)
      if (!writable.write(job.batch)) await unlessEnded(once(writable, 'drain'))
      return { body: null }
    }
    case 'end': {
      const { writable, ended, of } = sinkOf(job.sink)
      if (job.mask !== undefined) of.mask = job.mask && Mask.ofParts(job.mask)
      writable.end()
      await ended
      sinks.delete(job.sink)
      return { body: null }
    }
    case 'drop':
      await destroyed(job.sink)
      return { body: null }
    case 'close': {
      const read = await slides.get(job.key)?.close()
      slides.delete(job.key)
      return { body: read ?? null }
    }
  }
}

/** Its file is closed then. */
async function destroyed(id: number): Promise<void> {
  const writable = sinks.get(id)?.writable
  sinks.delete(id)
  if (writable === undefined || writable.closed) return
  const closed = once(writable, 'close')
  writable.destroy()
  await closed
}

async function finish(): Promise<void> {
  for (const id of sinks.keys()) await destroyed(id)
  for (const slide of slides.values()) await slide.close()
  for (const model of opened.values()) await model.then((one) => one.close()).catch(() => undefined)
}

serveLane({ work: (body) => work(body as HelperJob), record: recordOf, finish })
