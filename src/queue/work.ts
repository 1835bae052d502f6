/**
 * A worker: it takes slides of one run after another, and gathers runs that are over. It looks around every now and then: is there a run, is it still there,
 * does the queue answer at all. Nothing of a slide is lost by a queue that is gone: the worker goes on with what it has in hand.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { recordOf, TiastreamError } from '../core/errors.js'
import { counted } from '../core/text/counted.js'
import type { Runtime } from '../pipeline/plan/plan-type.js'
import type { Engine } from './engine/engine.js'
import { sayable } from './engine/sayable.js'
import { gatherRuns } from './gather-runs.js'
import type { RunRecord } from './jobs.js'
import type { Run } from './look.js'
import { Lookout } from './lookout.js'
import { runId } from './names.js'
import { Post } from './post.js'
import { registerOf } from './record.js'
import { RefusedRuns } from './refused-runs.js'
import { folderWritten, untilRoom } from './room.js'
import type { TellWorker } from './worker-events.js'

export interface WorkOptions {
  readonly worker: string
  /** Only runs of this name. */
  readonly run?: string
  /** Only runs that are made on this class of devices. */
  readonly device?: string
  readonly runtime?: Partial<Runtime>
  /** Where results for a bucket lie until they are uploaded. */
  readonly scratch?: string
  /** Ends when nothing waits and nothing is at work. */
  readonly untilEmpty?: boolean
  /** Milliseconds after which a worker that says nothing is lost. Default a minute. */
  readonly lock?: number
  /** Milliseconds without an answer of the queue after which it ends, when it has nothing in hand. Default ten minutes. */
  readonly patience?: number
  /** Milliseconds until the second look where the first one has found nothing; later ones are further apart. Default a second. */
  readonly idle?: number
  /** Milliseconds until a run that was refused is tried again. Default a minute: a mount may have come. */
  readonly refusedFor?: number
  /** Milliseconds between two looks at a full disk. */
  readonly roomEvery?: number
  readonly onEvent?: TellWorker
  readonly signal: AbortSignal
}

/** Milliseconds between two looks around: with slides in hand; without, when nothing has come for a while. */
const [busy, bored] = [4000, 5000]
const usualIdle = 1000
/** Milliseconds without a word until a worker is lost. */
const usualLock = 60_000

/** Resolves when it was told to end, or `untilEmpty` all is done. Throws QueueError when the queue is gone for too long, and RUN_REFUSED when all that is left is not for it. */
export async function work(engine: Engine, options: WorkOptions): Promise<{ readonly done: number; readonly failed: number }> {
  const desk = new Desk(engine, options)
  try {
    while (!options.signal.aborted && !(await desk.look()))
      await sleep(desk.pause, undefined, { signal: options.signal }).catch(() => undefined)
  } finally {
    await desk.close()
  }
  options.onEvent?.({ type: 'work.end', worker: options.worker, ...desk.sums })
  return desk.sums
}

class Desk {
  #post: Post | undefined
  #sums = { done: 0, failed: 0 }
  #gathering: Promise<void> | undefined
  #isFull: Promise<void> | undefined
  #idle: number
  /** Runs that were told of. */
  readonly #stranded = new Set<string>()
  readonly #refused: RefusedRuns
  readonly #register
  readonly #tell: TellWorker
  readonly #lookout: Lookout

  constructor(
    private readonly engine: Engine,
    private readonly options: WorkOptions,
  ) {
    this.#register = registerOf(engine)
    this.#tell = options.onEvent ?? (() => undefined)
    this.#refused = new RefusedRuns(options.refusedFor)
    this.#idle = options.idle ?? usualIdle
    this.#lookout = new Lookout(engine, {
      worker: options.worker,
      patience: options.patience,
      lock: options.lock ?? usualLock,
      tell: this.#tell,
      isMine: (record) => this.#isMine(record),
      inHand: () => [...(this.#post?.hands.keys() ?? [])],
    })
  }

  get sums() {
    const { done = 0, failed = 0 } = this.#post ?? {}
    return { done: this.#sums.done + done, failed: this.#sums.failed + failed }
  }

  /** Not all workers at once. */
  get pause(): number {
    const inHand = (this.#post?.hands.size ?? 0) > 0
    const { idle = usualIdle } = this.options
    this.#idle = inHand ? idle : Math.min(this.options.untilEmpty ? 2 * idle : bored, this.#idle * 1.3)
    return (inHand ? busy : this.#idle) * (0.9 + 0.2 * Math.random())
  }

  async close(): Promise<void> {
    await this.#leave()
    await Promise.race([this.#gathering, sleep(1000, undefined, { ref: false })])
  }

  /** True: it is time to go. */
  async look(): Promise<boolean> {
    const seen = await this.#lookout.look()
    if (!seen) return false
    const { runs, toGather } = seen
    for (const record of seen.stranded) this.#tellStranded(record)
    // Also of one that is put off, or at work elsewhere: only who stands there finds that its time has come, or that its worker is lost.
    if (toGather > 0) this.#gathering ??= this.#gatherAll()
    const post = this.#post
    if (post?.refusal) await this.#refuse(post.record, post.refusal)
    else if (post && !runs.some(({ record }) => record.run === post.record.run)) {
      // Taken out of the queue while slides of it were in hand; or over.
      await this.#tellGone(post)
      post.giveUp(`${post.record.run} was taken out of the queue`)
      await this.#leave()
    }
    if (this.#isFull) return false
    const next = this.#next(runs)
    if (next && next.run !== this.#post?.record.run) {
      if (!(await this.#isFree())) return false
      await this.#leave()
      await this.#open(next)
      return false
    }
    if (this.options.untilEmpty !== true || !this.#isEmpty(runs, toGather)) return false
    await this.#mustBeKnown()
    return true
  }

  /** Nothing to do for a run that nobody has submitted is no good end: it may be called otherwise. */
  async #mustBeKnown(): Promise<void> {
    const { run } = this.options
    if (run === undefined || this.#post !== undefined || (await this.#register.getJob(runId(run))) !== undefined) return
    const message = `${this.engine.address.shown} holds no run ${run}: was it cancelled, or is it called otherwise?`
    this.#tell({ type: 'warning', code: 'RUN_UNKNOWN', message })
  }

  /** Who cancelled it knows; where the server has lost its memory nobody does, and the worker would end as if all were done and gathered. */
  async #tellGone({ record: { run }, hands }: Post): Promise<void> {
    // Of a server that does not answer nothing is known.
    if ((await this.#register.getJob(runId(run)).catch(() => null)) !== undefined) return
    const given = hands.size === 0 ? '' : `: ${counted(hands.size, 'slide')} in hand given up`
    const message = `${run} is no longer in the queue (was it cancelled, or has the server lost what it held?)${given}; submitted again it goes on`
    this.#tell({ type: 'warning', code: 'RUN_CANCELLED', message })
  }

  #tellStranded({ run, at }: RunRecord): void {
    if (this.#stranded.has(`${at} ${run}`)) return
    this.#stranded.add(`${at} ${run}`)
    const message = `${run} waits for slides that are not in its queue: the server has lost some of what it held (does it throw keys away when its memory is full?). Submitted again it goes on`
    this.#tell({ type: 'warning', code: 'RUN_STRANDED', message })
  }

  async #gatherAll(): Promise<void> {
    try {
      await gatherRuns(this.engine, {
        worker: this.options.worker,
        lock: this.options.lock ?? usualLock,
        signal: this.options.signal,
        isMine: (record) => this.#isMine(record),
        isGone: () => this.#lookout.isGone,
        tell: this.#tell,
      })
    } finally {
      this.#gathering = undefined
    }
  }

  #isMine({ run, device }: RunRecord): boolean {
    const { options } = this
    return (options.run === undefined || options.run === run) && (options.device === undefined || options.device === device)
  }

  /** The run to work on: the one it is at as long as there is something in it, else the first that has something. */
  #next(runs: readonly Run[]): RunRecord | undefined {
    const now = performance.now()
    const open = runs.filter(({ record }) => !this.#refused.has(record, now))
    const own = open.find(({ record }) => record.run === this.#post?.record.run)
    if (own && this.#post && (this.#post.hands.size > 0 || own.counts.waiting > 0)) return own.record
    const waiting = open.find(({ counts }) => counts.waiting > 0)
    // A slide at work elsewhere may come back: its worker may be lost.
    return (waiting ?? own ?? open.find(({ counts }) => counts.active + counts.delayed > 0))?.record
  }

  /** Nothing is in its hands, and nothing comes there. */
  async #isFree(): Promise<boolean> {
    const post = this.#post
    await post?.pause()
    if (!post || post.hands.size === 0) return true
    await post.resume()
    return false
  }

  #isEmpty(runs: readonly Run[], toGather: number): boolean {
    if (this.#gathering || (this.#post?.hands.size ?? 0) > 0 || toGather > 0) return false
    const left = runs.filter(({ counts }) => counts.waiting + counts.delayed + counts.active > 0)
    if (!left.every(({ record }) => this.#refused.has(record))) return false
    const [first, ...others] = left.map(({ record }) => record)
    if (first === undefined) return true
    throw this.#refused.error([first, ...others])
  }

  async #open(record: RunRecord): Promise<void> {
    const { worker, runtime = {}, lock = usualLock, scratch, signal } = this.options
    try {
      this.#post = await Post.open(record, {
        engine: this.engine,
        worker,
        runtime,
        ...(scratch === undefined ? {} : { scratch }),
        lock,
        tell: this.#tell,
        leaving: signal,
        onFull: (error) => this.#waitForRoom(record, error),
      })
    } catch (error) {
      await this.#refuse(record, error instanceof TiastreamError ? error : this.engine.failed(error))
    }
  }

  async #refuse(record: RunRecord, error: TiastreamError): Promise<void> {
    const { worker } = this.options
    if (this.#refused.add(record, error)) {
      this.#tell({ type: 'work.refused', run: record.run, worker, error: recordOf(error) })
      await this.#register.addJobLog(runId(record.run), sayable(`${worker}: ${error.message}`), 20).catch(() => undefined)
    }
    await this.#leave()
  }

  async #leave(): Promise<void> {
    const post = this.#post
    if (!post) return
    const closed = post.leave(this.#lookout.isGone)
    await closed.catch(() => undefined)
    this.#sums = this.sums
    this.#post = undefined
  }

  /** Nothing fails for want of room: the slides wait, and so does this worker. */
  #waitForRoom({ output }: RunRecord, error: unknown): void {
    const { worker, roomEvery = 10_000, scratch, signal } = this.options
    if (this.#isFull) return
    const began = performance.now()
    this.#tell({ type: 'work.paused', worker, why: 'disk', message: recordOf(error).message })
    this.#isFull = untilRoom(folderWritten(output, scratch), worker, roomEvery, signal)
      .then(async () => {
        this.#isFull = undefined
        if (signal.aborted) return
        this.#tell({ type: 'work.resumed', worker, why: 'disk', seconds: (performance.now() - began) / 1000 })
        await this.#post?.resume()
      })
      .catch(() => undefined)
  }
}
