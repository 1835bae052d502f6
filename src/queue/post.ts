/**
 * A worker's post at one run: it takes slides of that run out of the queue and does them with one crew, which stays warm. What becomes of a slide is said by its
 * receipt; the queue only hears of it.
 */

import { ModelError, PipelineError, recordOf, TiastreamError } from '../core/errors.js'
import { isFullDisk } from '../core/owners.js'
import type { SlideRef } from '../core/slide.js'
import type { Plan, Runtime } from '../pipeline/plan/plan-type.js'
import { tiastreamVersion } from '../pipeline/plan/version.js'
import { openRunner, type Runner } from '../pipeline/run/runner.js'
import { slidesOf } from '../pipeline/run/slides-of.js'
import type { Receipt } from '../pipeline/store/receipts.js'
import { storeOf } from '../pipeline/store/store-of.js'
import { longestSilence, usualTimes } from '../pipeline/store/watch.js'
import type { Engine, Job, Worker } from './engine/engine.js'
import { isLost, mayPass, reasonOf } from './failure.js'
import { readRun, thaw } from './frozen.js'
import { Hand } from './hand.js'
import type { RunRecord, SlideEnd, SlideJob } from './jobs.js'
import { Kept } from './kept.js'
import { settleFailed } from './lost.js'
import { deviceClass } from './names.js'
import { mostStalls, tries } from './put.js'
import type { TellWorker, WorkerEvent } from './worker-events.js'

export interface PostOptions {
  readonly engine: Engine
  /** Its name: no two workers have one. */
  readonly worker: string
  readonly runtime: Partial<Runtime>
  /** Where results for a bucket lie until they are uploaded. */
  readonly scratch?: string
  /** Milliseconds after which a worker that says nothing is lost. */
  readonly lock: number
  readonly tell: TellWorker
  /** Everything ends. */
  readonly leaving: AbortSignal
  /** The output has no room: the post takes no more slides until it is told. */
  readonly onFull: (error: unknown) => void
}

/** Milliseconds that a slide has to stop before it is given back all the same. */
const unwinding = 700

type Task = Job<SlideJob, SlideEnd>

export class Post {
  /** Slides that this worker has in its hands. */
  readonly hands = new Map<string, Hand>()
  done = 0
  failed = 0
  /** Why it cannot go on with this run. */
  refusal: TiastreamError | undefined
  #worker: Worker<SlideJob, SlideEnd>
  /** The crew, which the first slide starts. */
  readonly #runners = new Kept(() => this.#open())
  #refs: Promise<ReadonlyMap<string, SlideRef>> | undefined

  private constructor(
    readonly record: RunRecord,
    private readonly plan: Plan,
    private readonly options: PostOptions,
  ) {
    const { engine, worker, lock } = options
    this.#worker = engine.worker(record.queue, (job: Task, token) => this.#take(job, token ?? ''), {
      name: worker,
      concurrency: plan.runtime.slides,
      lockDuration: lock,
      stalledInterval: lock / 2,
      maxStalledCount: mostStalls,
      drainDelay: 5,
      runRetryDelay: 2000,
    })
    this.#worker.on('lockRenewalFailed', (ids: string[]) => {
      for (const id of ids) void this.#lost(id)
    })
    this.#worker.on('failed', (job, error) => {
      // Of a slide that was given up before, by one worker after another: this one only found it.
      if (job && isLost(error.message))
        void settleFailed(record, job).then(
          (said) => this.#tellFailed(job.data.slide, said),
          () => undefined,
        )
    })
  }

  /** Throws what is told as a refusal: another version, another plan on this machine, a run whose file is not here. */
  static async open(record: RunRecord, options: PostOptions): Promise<Post> {
    if (record.tiastream !== tiastreamVersion) {
      throw new PipelineError('RUN_REFUSED', `${record.run} is of tiastream ${record.tiastream}, and this is ${tiastreamVersion}`, {
        hint: 'start workers of that version, or cancel the run and submit it with this one: what is done stays done only within one version',
      })
    }
    const plan = await thaw(await readRun(record.output, record.run), options.runtime)
    if (plan.provenance.fingerprint !== record.fingerprint) {
      throw new PipelineError(
        'RUN_REFUSED',
        `${record.run} is of another plan here: a model, a card, or code that it names is another on this machine`,
        {
          hint: `compare tiastream plan ${record.pipeline} here and where it was submitted`,
        },
      )
    }
    return new Post(record, plan, options)
  }

  /** Takes no more slides; those in its hands go on. */
  pause(): Promise<void> {
    return this.#worker.pause(true)
  }

  resume(): Promise<void> {
    return this.#worker.resume()
  }

  /** The run is no more: what is at work is given up. */
  giveUp(why: string): void {
    for (const hand of this.hands.values()) hand.giveUp(new Error(why))
  }

  /** When what it has in hand is done or given back. `force`: at once, of a server that is gone. */
  async leave(force = false): Promise<void> {
    await this.#worker.close(force)
    await this.#runners.close()
  }

  async #take(job: Task, token: string): Promise<SlideEnd> {
    const { slide } = job.data
    // Of a server that throws keys away: without a name there is nothing to be done, and no receipt. The run is told as stranded.
    if (slide === undefined) throw this.options.engine.final('the server has lost what it was given')
    const hand = new Hand(job, this.options.worker)
    this.hands.set(slide, hand)
    try {
      hand.say(true)
      const receipt = await this.#runners.use(
        async (runner) => stopped(runner.runSlide(await this.#refOf(job.data), { signal: hand.signal }), this.options.leaving),
        (error) => !(hand.signal.aborted || this.options.leaving.aborted || isFull(error)) && isOfThreads(error),
      )
      return this.#end(job, receipt)
    } catch (error) {
      return await this.#stumble(job, token, hand, error)
    } finally {
      this.hands.delete(slide)
    }
  }

  /** What the queue hears of a slide that has its receipt. */
  #end(job: Task, receipt: Receipt | null): SlideEnd {
    const { worker, engine } = this.options
    if (receipt === null) return { status: 'done before', rows: 0, unreadable: 0, unanswered: 0, seconds: 0, worker }
    if (receipt.status === 'done') {
      this.done++
      const { rows, unreadable, unanswered, seconds } = receipt
      return { status: 'done', rows, unreadable, unanswered, seconds, worker }
    }
    const error = receipt.error!
    if (mayPass(error) && job.attemptsMade + 1 < tries) throw new Passing(reasonOf(error))
    this.failed++
    throw engine.final(reasonOf(error))
  }

  async #stumble(job: Task, token: string, hand: Hand, error: unknown): Promise<never> {
    const { engine, leaving, onFull } = this.options
    if (error instanceof Passing || (error as Error)?.name === 'UnrecoverableError') throw error
    if (leaving.aborted) return this.#handBack(job, token, 'the worker was stopped')
    // The queue has given it to another, or has it no more: nobody waits for an answer.
    if (hand.signal.aborted) throw engine.final(String((hand.signal.reason as Error)?.message))
    if (isFull(error)) {
      onFull(error)
      await this.pause()
      return this.#handBack(job, token, recordOf(error).message)
    }
    if (error === this.refusal) return this.#handBack(job, token, recordOf(error).message)
    const record = recordOf(error)
    this.#tell({ type: 'slide.handedBack', slide: job.data.slide, run: this.record.run, why: record.message, counted: true })
    throw new Passing(reasonOf(record))
  }

  /** It waits again, and this was no try. */
  async #handBack(job: Task, token: string, why: string): Promise<never> {
    await job.moveToWait(token)
    this.#tell({ type: 'slide.handedBack', slide: job.data.slide, run: this.record.run, why, counted: false })
    throw this.options.engine.moved()
  }

  /** Throws what is a refusal, of a worker that can do no slide of this run; but for a disk that is full, which may have room later. */
  async #open(): Promise<Runner> {
    const { plan, record } = this
    const { tell, worker } = this.options
    try {
      const runner = await this.#openHere()
      tell({ type: 'work.start', run: record.run, worker, output: plan.output, lanes: runner.lanes, device: runner.device })
      return runner
    } catch (error) {
      if (isFull(error)) throw error
      this.refusal = error instanceof TiastreamError ? error : new ModelError('DEVICE_MISSING', String(error))
      throw this.refusal
    }
  }

  async #openHere(): Promise<Runner> {
    const { plan, record } = this
    const { leaving, scratch, lock } = this.options
    const store = await storeOf(plan.output, { scratch })
    await store.prepare()
    // Who gets its slides when it is lost waits no longer for its silence there than the queue does.
    const times = { beatMs: Math.min(usualTimes.beatMs, lock / 6), silentMs: Math.min(longestSilence, lock) }
    const runner = await openRunner(plan, { store, times, onEvent: (event) => this.#tell(event), signal: leaving })
    const { device } = runner
    if (
      device === null ||
      record.device === 'cpu' ||
      device
        .split(/[,+ ]+/)
        .map(deviceClass)
        .includes(record.device)
    )
      return runner
    await runner.close()
    throw new PipelineError('RUN_REFUSED', `${record.run} is made on ${record.device}, and here its model would run on ${device}`, {
      hint: 'rows of two kinds of devices may differ in their last bits; start this worker where the device is',
    })
  }

  async #refOf({ ref, slide }: SlideJob): Promise<SlideRef> {
    if (ref) return ref
    this.#refs ??= (async () => {
      const refs = new Map<string, SlideRef>()
      for await (const one of slidesOf(this.plan)) refs.set(one.id, one)
      return refs
    })()
    const found = (await this.#refs).get(slide)
    if (found) return found
    // As a slide that is gone is in any run: by name, and the others go on.
    return { kind: this.plan.source.kind, id: slide, uri: slide, carried: {} }
  }

  /** The lock of a job could not be renewed: somebody else has it, or nobody knows of it any more; or the queue was away, and it stays in hand. */
  async #lost(id: string): Promise<void> {
    const hand = [...this.hands.values()].find(({ job }) => job.id === id)
    if (!hand) return
    const { engine, worker } = this.options
    const there = await engine
      .queue(this.record.queue)
      .getJob(id)
      .catch(() => null)
    if (there === undefined) hand.giveUp(new Error('the queue does not know it any more'))
    else if (there && there.processedBy !== undefined && there.processedBy !== worker)
      hand.giveUp(new Error(`${there.processedBy} has it now`))
  }

  #tell(event: WorkerEvent): void {
    const hand = 'slide' in event && event.slide !== undefined ? this.hands.get(event.slide) : undefined
    if (event.type === 'slide.progress') hand?.progress(event)
    this.options.tell(hand && event.type === 'slide.start' ? { ...event, ...hand.origin } : event)
  }

  #tellFailed(slide: string, error: ReturnType<typeof recordOf>): void {
    this.failed++
    this.options.tell({
      type: 'slide.failed',
      slide,
      error,
      seconds: 0,
      device: null,
      bytesRead: 0,
      patches: { resumed: 0, asked: 0 },
      counts: {},
      spentMs: {},
    })
  }
}

/** To be tried again, after a while. */
class Passing extends Error {}

/** Of the threads that all slides share: the next slide gets new ones. */
function isOfThreads(error: unknown): boolean {
  const { family } = recordOf(error)
  return family === 'Bug' || family === 'ModelError'
}

const isFull = (error: unknown): boolean => isFullDisk(error) || (error instanceof TiastreamError && error.code === 'DISK_FULL')

/** What comes first: the end of the slide, or some time after everything was to end. */
async function stopped<T>(slide: Promise<T>, leaving: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const onStop = () => {
      timer = setTimeout(() => reject(leaving.reason), unwinding)
    }
    if (leaving.aborted) onStop()
    else leaving.addEventListener('abort', onStop, { once: true })
    slide.finally(() => leaving.removeEventListener('abort', onStop)).catch(() => undefined)
  })
  return Promise.race([slide, late]).finally(() => clearTimeout(timer))
}
