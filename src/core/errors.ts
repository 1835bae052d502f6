/**
 * Errors, in families told apart by who can act. Every message is: subject, fact, value; the remedy is the `hint`.
 * The exit code of a run follows from the family (see `cli/exit.ts`).
 */

import { inspect } from 'node:util'
import { cut } from './text/cut.js'

/** Where a problem is: a place in a YAML file, or a slide, patch or stage. */
export interface ErrorPlace {
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly slide?: string
  readonly patch?: number
  readonly stage?: string
}

export interface ErrorOptions {
  readonly hint?: string
  readonly at?: ErrorPlace
  readonly cause?: unknown
}

export abstract class TiastreamError extends Error {
  /** The family name, stable: `PipelineError`, `ModelError`, `SlideError`, `SinkError`, `QueueError`, `Bug`. */
  abstract readonly family: string
  /** Stable, upper-case, for programs: `SLIDE_UNSUPPORTED`. */
  readonly code: string
  readonly hint?: string
  readonly at?: ErrorPlace

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    if (options.hint !== undefined) this.hint = options.hint
    if (options.at !== undefined) this.at = options.at
  }

  override get name(): string {
    return this.family
  }
}

/** The pipeline file, its options or the command line are wrong: nothing starts. The user of the YAML can act. */
export class PipelineError extends TiastreamError {
  readonly family = 'PipelineError'
}

/** The model, its card or its device does not do what is asked. The owner of the model can act. */
export class ModelError extends TiastreamError {
  readonly family = 'ModelError'
}

/** One slide cannot be read, or lacks what is asked of it; the other slides go on. The owner of the slide can act. */
export class SlideError extends TiastreamError {
  readonly family = 'SlideError'
}

/** Results cannot be written: the disk's error stops the run (everything committed stays), one slide's only that slide. The owner of the disk can act. */
export class SinkError extends TiastreamError {
  readonly family = 'SinkError'
}

/** The server of a queue does not answer, refuses who asks, or holds something else than is asked for. Its owner can act. */
export class QueueError extends TiastreamError {
  readonly family = 'QueueError'
}

/** A broken promise of our own. We can act. */
export class Bug extends TiastreamError {
  readonly family = 'Bug'
  /** `BUG_IN_RUN`: of the threads or of the order of rows, which all slides share; else it is of what was at work. */
  constructor(message: string, options: ErrorOptions = {}, code: 'BUG' | 'BUG_IN_RUN' = 'BUG') {
    super(code, message, { hint: 'please report this with the command and the message', ...options })
  }
}

/** A promise that all slides share is broken: the run cannot go on. */
export const bugInRun = (message: string, options: ErrorOptions = {}): Bug => new Bug(message, options, 'BUG_IN_RUN')

/** The remedy for TOO_MANY_FILES, whoever opens one. */
export const moreHandles = 'raise the limit (ulimit -n), or lower runtime.slides and runtime.lanes; the next run tries this slide again'

/** The remedy for TOO_MANY_THREADS. */
export const moreThreads =
  'raise the limit (ulimit -u, which counts all that the user runs; --pids-limit of a container), or lower runtime.lanes; the next run tries this slide again'

/** An error as plain data: crosses threads, goes into receipts and logs. */
export interface ErrorRecord {
  readonly family: string
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly at?: ErrorPlace
  readonly cause?: string
}

/** Anything can be thrown; an object need not even become a text. */
const thrownText = (thrown: unknown): string => (typeof thrown === 'string' ? thrown : inspect(thrown))

export function recordOf(error: unknown): ErrorRecord {
  if (error instanceof TiastreamError) {
    const { family, code, message, hint, at, cause } = error
    return {
      family,
      code,
      message: cut(message),
      ...(hint === undefined ? {} : { hint: cut(hint) }),
      ...(at === undefined ? {} : { at }),
      ...(cause === undefined ? {} : { cause: cut(cause instanceof Error ? cause.message : thrownText(cause)) }),
    }
  }
  if (!(error instanceof Error)) return { family: 'Bug', code: 'BUG', message: thrownText(error) }
  const { name, message, stack } = error
  return {
    family: 'Bug',
    code: 'BUG',
    message: name === 'Error' ? message : `${name}: ${message}`,
    ...(stack === undefined ? {} : { cause: stack }),
  }
}

const families: Record<string, new (code: string, message: string, options: ErrorOptions) => TiastreamError> = {
  PipelineError,
  ModelError,
  SlideError,
  SinkError,
  QueueError,
}

/** The inverse of `recordOf`: a typed error again, on this side of the thread. */
export function errorFrom(record: ErrorRecord): TiastreamError {
  const { family, code, message, ...options } = record
  const Family = families[family]
  return Family ? new Family(code, message, options) : new Bug(message, options, code === 'BUG_IN_RUN' ? code : 'BUG')
}
