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
      const seen = await Promise.race([lookAround(this.engine, isMine), late])
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
