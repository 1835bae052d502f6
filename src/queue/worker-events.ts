/** What a worker tells: the events of its slides as a run tells them, and its own. */

import type { ErrorRecord } from '../core/errors.js'
import type { RunEvent } from '../pipeline/run/run-events.js'
import type { RunEnd } from './jobs.js'

export type WorkerEvent =
  | RunEvent
  /** It works on slides of this run now. */
  | {
      readonly type: 'work.start'
      readonly run: string
      readonly worker: string
      readonly output: string
      readonly lanes: number
      readonly device: string | null
    }
  /** It does not work on this run, and leaves its slides to others. */
  | { readonly type: 'work.refused'; readonly run: string; readonly worker: string; readonly error: ErrorRecord }
  /** A slide was given back: it waits for a worker again. `counted`: as a try. */
  | { readonly type: 'slide.handedBack'; readonly slide: string; readonly run: string; readonly why: string; readonly counted: boolean }
  /** It has paused, or goes on: the output is full, or the queue does not answer. */
  | { readonly type: 'work.paused'; readonly worker: string; readonly why: 'disk' | 'queue'; readonly message: string }
  | { readonly type: 'work.resumed'; readonly worker: string; readonly why: 'disk' | 'queue'; readonly seconds: number }
  /** How the runs that it takes stand in the queue, when a look found it otherwise than the one before; no runs when the queue does not answer. */
  | { readonly type: 'queue.seen'; readonly worker: string; readonly runs: readonly RunSeen[] }
  /** A run is over: all its slides are done or have failed. `at`: when it was submitted (ISO). */
  | ({ readonly type: 'run.gathered'; readonly run: string; readonly output: string; readonly at: string } & RunEnd)
  | { readonly type: 'work.end'; readonly worker: string; readonly done: number; readonly failed: number }

/** Slides of a run by where they are: they wait, wait for their next try, are at work (wherever), or failed and stay so. */
export interface RunSeen {
  readonly run: string
  readonly waiting: number
  readonly delayed: number
  readonly active: number
  readonly failed: number
}

export type TellWorker = (event: WorkerEvent) => void
