/** A slide that a worker has in its hands: where it came from, how far it is, and the way to give it up. */

import type { FromQueue, RunEvent } from '../pipeline/run/run-events.js'
import type { Job } from './engine/engine.js'
import type { SlideEnd, SlideJob, SlideProgress } from './jobs.js'

/** Milliseconds between two words of progress to the queue: at a thousand workers that are 200 writes a second. */
const every = 5000

export class Hand {
  readonly #own = new AbortController()
  #said = Number.NEGATIVE_INFINITY
  #share = 0
  #patches = 0

  constructor(
    readonly job: Job<SlideJob, SlideEnd>,
    private readonly worker: string,
  ) {}

  get signal(): AbortSignal {
    return this.#own.signal
  }

  giveUp(reason: Error): void {
    this.#own.abort(reason)
  }

  /** For the events of its slide. */
  get origin(): FromQueue {
    const { job, worker } = this
    const ready = job.timestamp + (job.delay ?? 0)
    return {
      worker,
      waited: Math.max(0, ((job.processedOn ?? ready) - ready) / 1000),
      attempt: Math.max(1, job.attemptsStarted),
      traceparent: job.data.traceparent,
    }
  }

  progress({ share, patches }: Extract<RunEvent, { type: 'slide.progress' }>): void {
    this.#share = share
    this.#patches = patches
    this.say()
  }

  /** To whoever asks the queue how it goes. Nobody waits for it, and nothing follows from it. */
  say(now = false): void {
    const at = performance.now()
    if (!now && at - this.#said < every) return
    this.#said = at
    const progress: SlideProgress = { worker: this.worker, slide: this.job.data.slide, share: this.#share, patches: this.#patches }
    this.job.updateProgress(progress).catch(() => undefined)
  }
}
