/** What the events of a run, or of a worker's slides, add to the numbers. */

import { leavesSlide, type RunEvent } from '../pipeline/run/run-events.js'
import type { WorkerEvent } from '../queue/worker-events.js'
import type { Meters } from './meters.js'

export class Measure {
  /** Patches counted so far, of each slide at work. */
  readonly #inferred = new Map<string, number>()

  constructor(
    private readonly meters: Meters,
    private readonly version: string,
    /** Milliseconds since 1970. */
    private readonly now: () => number = Date.now,
  ) {
    for (const name of ['active', 'patches', 'resumed', 'rows', 'read'] as const) meters.begin(name)
    for (const status of ['done', 'failed', 'skipped', 'interrupted']) meters.begin('slides', { status })
    for (const status of ['done', 'failed']) meters.begin('duration', { status })
    for (const why of ['unreadable', 'unanswered']) meters.begin('without', { why })
    for (const attempt of ['first', 'again']) meters.begin('attempts', { attempt })
    for (const why of ['queue', 'disk']) meters.begin('paused', { why })
    meters.set('progress', this.now() / 1000)
  }

  see(event: WorkerEvent): void {
    const { meters } = this
    // Bands are the progress that lasts; the others say that something happens at all. What others did to the queue does not concern this worker.
    if (event.type !== 'queue.seen') meters.set('progress', this.now() / 1000)
    switch (event.type) {
      case 'run.start':
      case 'work.start':
        meters.set('info', 1, { version: this.version, device: event.device ?? 'none' })
        break
      case 'slide.start': {
        const isTaken = !this.#inferred.has(event.slide)
        this.#inferred.set(event.slide, 0)
        meters.set('active', this.#inferred.size)
        // One that begins again was in hand all the time.
        if (!isTaken) break
        if (event.waited !== undefined) meters.observe('waited', event.waited)
        if (event.attempt !== undefined) meters.add('attempts', 1, { attempt: event.attempt > 1 ? 'again' : 'first' })
        break
      }
      case 'slide.resumed':
        meters.add('resumed', event.patches)
        break
      case 'slide.progress':
        this.#answered(event.slide, event.inferred)
        break
      case 'slide.band':
        meters.observe('band', event.seconds)
        break
      case 'slide.done':
        this.#answered(event.slide, event.patches.asked)
        meters.add('rows', event.rows)
        meters.add('without', event.unreadable, { why: 'unreadable' })
        meters.add('without', event.unanswered, { why: 'unanswered' })
        this.#ended(event, { status: 'done' })
        break
      case 'slide.failed':
        this.#ended(event, { status: 'failed', code: event.error.code })
        break
      case 'slide.skipped':
        meters.add('slides', 1, { status: 'skipped' })
        break
      case 'slide.interrupted':
        meters.add('slides', 1, { status: 'interrupted' })
        break
      case 'slide.handedBack':
        meters.add('slides', 1, { status: 'handed back' })
        this.#leave(event.slide)
        break
      case 'queue.seen':
        // A run that is over is no more, rather than at zero for ever.
        meters.forget('queued')
        for (const { run, ...counts } of event.runs)
          for (const [state, count] of Object.entries(counts)) meters.set('queued', count, { run, state })
        break
      case 'work.paused':
        meters.set('paused', 1, { why: event.why })
        break
      case 'work.resumed':
        meters.set('paused', 0, { why: event.why })
        break
      case 'work.refused':
        meters.add('refused', 1, { code: event.error.code })
        break
      case 'warning':
        meters.add('warnings', 1, { code: event.code })
        break
    }
    if (leavesSlide(event)) this.#leave(event.slide)
  }

  #answered(slide: string, inferred: number): void {
    const before = this.#inferred.get(slide)
    if (before === undefined || inferred <= before) return
    this.meters.add('patches', inferred - before)
    this.#inferred.set(slide, inferred)
  }

  #ended(
    event: Extract<RunEvent, { type: 'slide.done' | 'slide.failed' }>,
    labels: { readonly status: string; readonly code?: string },
  ): void {
    const { meters } = this
    meters.add('slides', 1, labels)
    meters.observe('duration', event.seconds, { status: labels.status })
    meters.add('read', event.bytesRead)
    for (const [stage, ms] of Object.entries(event.spentMs)) meters.add('stage', ms / 1000, { stage })
  }

  #leave(slide: string): void {
    this.#inferred.delete(slide)
    this.meters.set('active', this.#inferred.size)
  }
}
