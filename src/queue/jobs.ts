/** What jobs of a queue hold and come to: plain values, which need no package of queues. */

import type { SlideRef } from '../core/slide.js'

export interface RunRecord {
  readonly run: string
  /** Of its slides. */
  readonly queue: string
  /** The class of devices that its rows are made on. */
  readonly device: string
  /** The output, beside whose results the frozen file lies. */
  readonly output: string
  readonly pipeline: string
  readonly fingerprint: string
  readonly sinks: string
  readonly tiastream: string
  readonly slides: number
  /** Done before it was submitted. */
  readonly before: number
  /** Who submitted it, and when it was put into the queue, or put in again after it was over (ISO). */
  readonly by: string
  readonly at: string
}

export interface SlideJob {
  readonly run: string
  readonly slide: string
  /** Absent: its address holds a secret, or it is a set of many pictures; the worker asks the source for it. */
  readonly ref?: SlideRef
  readonly bytes: number | null
  /** Of whoever submitted it, as W3C Trace Context writes it. */
  readonly traceparent: string
}

/** What a slide's job comes to. */
export interface SlideEnd {
  readonly status: 'done' | 'done before'
  readonly rows: number
  readonly unreadable: number
  readonly unanswered: number
  readonly seconds: number
  readonly worker: string
}

/** What a job says of itself while it is at work. */
export interface SlideProgress {
  readonly worker: string
  readonly slide: string
  readonly share: number
  readonly patches: number
}

/** What a run's job comes to, when all is gathered. */
export interface RunEnd {
  readonly done: number
  readonly failed: number
  readonly rows: number
  readonly unreadable: number
  readonly unanswered: number
}
