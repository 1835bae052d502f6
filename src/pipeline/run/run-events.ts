/** What a run, or a stream of rows, tells the outside while it goes. The names are stable: people parse `--log json`. */

import type { ErrorRecord } from '../../core/errors.js'
import type { DeviceUse, Waits } from './usage.js'

export type RunEvent =
  | {
      readonly type: 'run.start'
      /** Empty where rows are streamed. */
      readonly output: string
      readonly lanes: number
      readonly device: string | null
      /** In which numbers the model computes; null without a model. */
      readonly precision: string | null
      readonly fingerprint: string
    }
  | ({ readonly type: 'slide.start'; readonly slide: string; readonly uri: string } & Partial<FromQueue>)
  /** Its pixels can be read: after its headers and tables, before its first patch. */
  | { readonly type: 'slide.opened'; readonly slide: string; readonly width: number; readonly height: number }
  /** Taken up where an earlier run stopped: this many patches need not be done again. */
  | { readonly type: 'slide.resumed'; readonly slide: string; readonly patches: number; readonly rows: number }
  /** `share`: how far along the grid, 0 to 1. `patches`: rows so far. `inferred`: patches that lanes answered for in this run. */
  | { readonly type: 'slide.progress'; readonly slide: string; readonly share: number; readonly patches: number; readonly inferred: number }
  /** The rows of a band are safe in the journal. `patches`: kept patches up to its end. `seconds`: since the band before, or since the slide was opened. */
  | { readonly type: 'slide.band'; readonly slide: string; readonly rows: number; readonly patches: number; readonly seconds: number }
  /** All rows are in its files, which have not their names yet. */
  | { readonly type: 'slide.written'; readonly slide: string; readonly rows: number }
  /** Another process is at work on it: it is come back to. `host` is null where that has not said where it is. */
  | { readonly type: 'slide.elsewhere'; readonly slide: string; readonly worker: string; readonly host: string | null }
  | { readonly type: 'slide.skipped'; readonly slide: string; readonly rows: number }
  | ({
      readonly type: 'slide.done'
      readonly slide: string
      readonly rows: number
      readonly unreadable: number
      readonly unanswered: number
      readonly seconds: number
      readonly files: readonly string[]
    } & SlideSums)
  /** The run was stopped, or ended by an error, while it was at work on this slide: the next run goes on with it. */
  | { readonly type: 'slide.interrupted'; readonly slide: string }
  | ({ readonly type: 'slide.failed'; readonly slide: string; readonly error: ErrorRecord; readonly seconds: number } & SlideSums)
  | { readonly type: 'warning'; readonly slide?: string; readonly code: string; readonly message: string }
  | { readonly type: 'run.end'; readonly summary: RunSummary }

/** What a slide came to, as far as it came. */
export interface SlideSums {
  /** The device that was really used; null without a model. */
  readonly device: string | null
  /** Of the slide, by all threads. */
  readonly bytesRead: number
  /** Patches taken over from an interrupted run, and patches asked of the lanes in this one. */
  readonly patches: { readonly resumed: number; readonly asked: number }
  /** By name, as in the receipt. */
  readonly counts: Readonly<Record<string, number>>
  /** Milliseconds by kind of work, summed over the lanes. */
  readonly spentMs: Readonly<Record<string, number>>
}

/** What a worker knows of a slide that came out of a queue. */
export interface FromQueue {
  readonly worker: string
  /** Seconds between its being ready to be taken and its being taken. */
  readonly waited: number
  /** 1 for the first. */
  readonly attempt: number
  /** Of whoever put it into the queue, as W3C Trace Context writes it. */
  readonly traceparent: string
}

export type TellRun = (event: RunEvent) => void

const lastOfSlide = ['slide.done', 'slide.failed', 'slide.interrupted', 'slide.skipped', 'slide.elsewhere'] as const

type LastOfSlide = Extract<RunEvent, { type: (typeof lastOfSlide)[number] }>

/**
 * Whether a slide that was at work is so no more: its end, or that another process has taken it over, or done it meanwhile. (One that begins again, on another
 * device or since its journal was taken away, is told by a further `slide.start` alone.)
 */
export const leavesSlide = (event: { readonly type: string }): event is LastOfSlide =>
  (lastOfSlide as readonly string[]).includes(event.type)

export interface RunSummary {
  readonly status: 'done' | 'some slides failed' | 'stopped'
  readonly slides: { readonly done: number; readonly failed: number; readonly skipped: number }
  readonly rows: number
  /** Patches without pixels, and patches without an answer of the model. */
  readonly unreadable: number
  readonly unanswered: number
  readonly seconds: number
  readonly patchesPerSecond: number
  /** Million decoded pixels a second. */
  readonly megapixelsPerSecond: number
  /** Compressed tiles decoded ÷ distinct tiles needed; 1 is perfect. Null when nothing was read. */
  readonly decodedPerTouched: number | null
  readonly peakRssBytes: number
  /** Milliseconds spent, summed over the lanes. */
  readonly spentMs: Readonly<Record<string, number>>
  readonly device: string | null
  /** How busy each device was. */
  readonly devices?: readonly DeviceUse[]
  /** What a block of patches waited for, a mean in milliseconds. */
  readonly waits?: Waits
  /** Slides that were at work when the run was stopped. */
  readonly interrupted: readonly string[]
  readonly failures: readonly { readonly slide: string; readonly error: ErrorRecord }[]
  /** Slides that the output holds and this run has not: they left the cohort. */
  readonly leftovers?: readonly string[]
}
