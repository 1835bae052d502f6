/** A worker's looks at its queue: what is in it, and since when it has not answered. */

import { setTimeout as sleep } from 'node:timers/promises'
import { QueueError } from '../core/errors.js'
import type { Engine } from './engine/engine.js'
import type { RunRecord } from './jobs.js'
import { lookAround, type Run, type Seen } from './look.js'
import type { TellWorker } from './worker-events.js'

export interface LookoutOptions {
  readonly worker: string
  /** Milliseconds without an answer after which a worker with nothing in hand gives up. Default ten minutes. */
  readonly patience?: number | undefined
  /** Milliseconds after which a worker that says nothing is lost. */
  readonly lock: number
  readonly tell: TellWorker
  /** Whether a run is for this worker. */
  readonly isMine: (record: RunRecord) => boolean
  /** The slides that it has in hand. */
  readonly inHand: () => readonly string[]
}

/** Runs that are told of at once. */
const mostSeen = 40
/** Milliseconds for the answers to one look. */
const lookPatience = 5000

export class Lookout {
  /** When the queue was last heard of, and whether that is told. */
  #heard = performance.now()
  #isGone = false
  /** What was told of the queue. */
  #seen = '[]'
  /** It is told that the clock here is another. */
  #isOff = false

  constructor(
    private readonly engine: Engine,
    private readonly options: LookoutOptions,
  ) {}

  /** The queue does not answer. */
  get isGone(): boolean {
    return this.#isGone
  }

  /** Undefined when the queue does not answer. Throws QueueError when that has been so for too long. */
  async look(): Promise<Seen | undefined> {
    const { worker, tell, isMine } = this.options
    try {
      const late = sleep(lookPatience, undefined, { ref: false }).then(() => Promise.reject(new Error('late')))
      const seen = await Promise.race([this.#mustTellTime().then(() => lookAround(this.engine, isMine)), late])
      if (this.#isGone) tell({ type: 'work.resumed', worker, why: 'queue', seconds: this.#silentMs / 1000 })
      this.#heard = performance.now()
      this.#isGone = false
      this.#tellSeen(seen.runs)
      return seen
    } catch (error) {
      this.#missed(error)
      return undefined
    }
  }

  /**
   * On PostgreSQL who is lost follows from the clocks of workers: one whose clock is ahead takes the slides of others from them, and what it has when it is
   * killed waits for as long. On Redis the server's own clock says it, and only the time of a next try is that of a worker.
   */
  async #mustTellTime(): Promise<void> {
    const ahead = Math.round((await this.engine.clockAhead()) / 1000)
    const { lock, worker, tell } = this.options
    // A lock is renewed when half of it is over.
    if (Math.abs(ahead) * 1000 < lock / 2) {
      this.#isOff = false
      return
    }
    const { shown, kind } = this.engine.address
    const off = `the clock of this machine is ${Math.abs(ahead).toLocaleString('en')} s ${ahead > 0 ? 'ahead of' : 'behind'} that of ${shown}`
    if (kind === 'postgres') {
      throw new QueueError(
        'QUEUE_UNUSABLE',
        `${off}, and a queue on PostgreSQL knows by the clocks of its workers which of them are lost`,
        {
          hint: 'set the clock that is wrong (NTP), and start the worker again',
        },
      )
    }
    if (!this.#isOff)
      tell({
        type: 'warning',
        code: 'QUEUE_CLOCK',
        message: `${off}: a slide that ${worker} could not do waits so much ${ahead > 0 ? 'longer' : 'shorter'} for its next try`,
      })
    this.#isOff = true
  }

  get #silentMs(): number {
    return performance.now() - this.#heard
  }

  /** For gauges: what is counted at each look anyway. */
  #tellSeen(all: readonly Run[]): void {
    const { worker, tell } = this.options
    const runs = all.slice(0, mostSeen).map(({ record: { run }, counts: { waiting, delayed, active, failed } }) => {
      return { run, waiting, delayed, active, failed }
    })
    const seen = JSON.stringify(runs)
    if (seen === this.#seen) return
    this.#seen = seen
    tell({ type: 'queue.seen', worker, runs })
  }

  #missed(error: unknown): void {
    const { worker, patience = 600_000, tell, inHand } = this.options
    const failed = this.engine.failed(error)
    if (failed.code === 'QUEUE_UNUSABLE' || failed.code === 'QUEUE_DENIED') throw failed
    const slides = inHand()
    if (!this.#isGone) {
      this.#isGone = true
      this.#tellSeen([])
      const goingOn = slides.length > 0 ? `; going on with ${slides.join(', ')}` : ''
      tell({ type: 'work.paused', worker, why: 'queue', message: `${failed.message}${goingOn}` })
    }
    const silent = this.#silentMs
    if (silent < patience || slides.length > 0) return
    throw new QueueError('QUEUE_UNREACHABLE', `${this.engine.address.shown} has not answered for ${Math.round(silent / 1000)} s`, {
      hint: 'what was at work is done and has its receipt, or is in its journal; start the worker again when the queue is back',
    })
  }
}
