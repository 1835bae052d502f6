/**
 * The helpers of a run: a thread that makes masks, and one for the sinks that draw. Each is started when the plan says that it will be
 * needed, else when it first is. What they do for a slide ends when the slide is given up.
 */

import type { Writable } from 'node:stream'
import { bugInRun } from '../../core/errors.js'
import type { Tell } from '../../core/events.js'
import { startThreads } from '../../core/host/may-start-threads.js'
import type { PatchBatch } from '../../core/items.js'
import type { Model } from '../../core/model.js'
import { marksIn, providedIn } from '../../core/roles.js'
import type { SinkContext } from '../../core/sink.js'
import type { ReadCounts, SlideIdentity, SlideRef } from '../../core/slide.js'
import { Lanes } from '../../flow/lanes.js'
import { Mask } from '../../geometry/coverage.js'
import type { Known } from '../../readers/files/known.js'
import { isApart } from '../environment/apart.js'
import type { Plan } from '../plan/plan-type.js'
import { deadOn, revive } from './dead-thread.js'
import { type HelpedSlide, type HelperData, type HelperJob, helperScript, type MadeMask, type Read } from './helper-protocol.js'
import type { LaneModels } from './lane-protocol.js'
import { sinkApart } from './sink-apart.js'

export class Helpers {
  private masks: Lanes | undefined
  private pictures: Lanes | undefined
  private sinks = 0

  constructor(
    private readonly plan: Plan,
    /** Those that masks and other stages of the main thread ask. */
    private readonly models: Promise<LaneModels>,
  ) {}

  /** Starts those that the plan says will be needed. */
  begin(): void {
    const { environment, sinks, stages } = this.plan
    if (providedIn(stages, 'mask').length > 0) this.forMasks()
    if (sinks.some(({ name }) => isApart(environment, name))) this.forPictures()
  }

  for(ref: SlideRef, identity: SlideIdentity, known: Known | null, signal: AbortSignal): SlideHelp {
    const marks = marksIn(this.plan.stages)
    return new SlideHelp(
      { ref, identity, known, marks, stop: new SharedArrayBuffer(4) },
      {
        masks: () => this.forMasks(),
        pictures: () => this.forPictures(),
        begun: () => [this.masks, this.pictures],
        plugins: this.plan.plugins,
      },
      () => this.sinks++,
      signal,
    )
  }

  /** A model for a stage on the main thread of a slide: it is asked in a helper, since an answer blocks the thread that makes it. */
  model(key: string, name: string, signal: AbortSignal): Model {
    const card = this.plan.cards[name]
    if (!card) throw bugInRun(`no stage of the main thread names the model '${name}'`)
    const predict = (batch: PatchBatch) => ask<PatchBatch>(this.forMasks(), this.plan, key, { type: 'predict', model: name, batch }, signal)
    return { card, device: 'cpu', predict, close: async () => undefined }
  }

  async close(): Promise<void> {
    await Promise.all([this.masks?.close(), this.pictures?.close()])
  }

  private forMasks(): Lanes {
    if (this.masks) return this.masks
    const lanes = this.start(true)
    this.masks = lanes
    this.models.then((models) => lanes.setup('models', { type: 'ready', models })).catch(() => undefined)
    return lanes
  }

  private forPictures(): Lanes {
    this.pictures ??= this.start(false)
    return this.pictures
  }

  private start(masks: boolean): Lanes {
    const workerData: HelperData = { plugins: this.plan.plugins, masks }
    return startThreads(() => new Lanes({ count: 1, script: helperScript, workerData, revive }))
  }
}

interface Threads {
  readonly masks: () => Lanes
  readonly pictures: () => Lanes
  readonly begun: () => readonly (Lanes | undefined)[]
  readonly plugins: Plan['plugins']
}

/** What helpers do for one slide. */
export class SlideHelp {
  private showing: SinkContext['mask']
  private shown = false

  constructor(
    private readonly slide: HelpedSlide,
    private readonly threads: Threads,
    private readonly nextSink: () => number,
    private readonly signal: AbortSignal,
  ) {
    const giveUp = () => Atomics.store(new Int32Array(slide.stop), 0, 1)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  }

  /** Throws SlideError, as the stage that would make it here. */
  async mask(options: object, folder: string, tell: Tell): Promise<Mask | null> {
    const job: HelperJob = { type: 'mask', slide: this.slide, options, folder }
    const { mask, told } = await ask<MadeMask>(this.threads.masks(), this.threads, this.slide.ref.id, job, this.signal)
    for (const event of told) tell(event)
    return mask && Mask.ofParts(mask)
  }

  sink(name: string, options: object, { path, columns, provenance, mask }: SinkContext): Writable {
    this.showing ??= mask
    const sink = this.nextSink()
    const pictures = this.threads.pictures()
    const send = (job: HelperJob) => ask(pictures, this.threads, this.slide.ref.id, job)
    return sinkApart({
      open: () => send({ type: 'open', sink, slide: this.slide, name, options, place: { path, columns, provenance } }),
      write: (batch) => send({ type: 'write', sink, batch, ...this.maskOnce() }),
      end: () => send({ type: 'end', sink, ...this.maskOnce() }),
      drop: () => send({ type: 'drop', sink }),
    })
  }

  /** What was read for it. */
  async close(): Promise<readonly ReadCounts[]> {
    const key = this.slide.ref.id
    const read = this.threads.begun().flatMap((lanes) => (lanes ? [ask<Read>(lanes, this.threads, key, { type: 'close', key })] : []))
    return (await Promise.all(read)).filter((counts) => counts !== null)
  }

  /** All its sinks are in one thread, where the mask is told once. */
  private maskOnce() {
    const mask = this.shown ? undefined : this.showing?.()
    if (mask === undefined) return {}
    this.shown = true
    return { mask: mask?.parts() ?? null }
  }
}

async function ask<T>(lanes: Lanes, { plugins }: Pick<Plan, 'plugins'>, key: string, job: HelperJob, signal?: AbortSignal): Promise<T> {
  try {
    return await lanes.call<T>(0, { body: job }, signal)
  } catch (error) {
    throw deadOn(key, error, plugins)
  }
}
