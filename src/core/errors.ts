/**
 * Errors, in families told apart by who can act. Every message is: subject, fact, value; the remedy is the `hint`.
 * The exit code of a run follows from the family (see `cli/exit.ts`).
 */

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
  /** The family name, stable: `PipelineError`, `ModelError`, `SlideError`, `SinkError`, `Bug`. */
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

/** The results cannot be written: the run stops, everything committed stays. The owner of the disk can act. */
export class SinkError extends TiastreamError {
  readonly family = 'SinkError'
}

/** A broken promise of our own. We can act. */
export class Bug extends TiastreamError {
  readonly family = 'Bug'
  constructor(message: string, options: ErrorOptions = {}) {
    super('BUG', message, { hint: 'please report this with the command and the message', ...options })
  }
}

/** An error as plain data: crosses threads, goes into receipts and logs. */
export interface ErrorRecord {
  readonly family: string
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly at?: ErrorPlace
  readonly cause?: string
}

export function recordOf(error: unknown): ErrorRecord {
  if (error instanceof TiastreamError) {
    const { family, code, message, hint, at, cause } = error
    return {
      family,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(at === undefined ? {} : { at }),
      ...(cause === undefined ? {} : { cause: cause instanceof Error ? cause.message : String(cause) }),
    }
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { family: 'Bug', code: 'BUG', message }
}

const families: Record<string, new (code: string, message: string, options: ErrorOptions) => TiastreamError> = {
  PipelineError,
  ModelError,
  SlideError,
  SinkError,
}

/** The inverse of `recordOf`: a typed error again, on this side of the thread. */
export function errorFrom(record: ErrorRecord): TiastreamError {
  const { family, code, message, ...options } = record
  const Family = families[family]
  return Family ? new Family(code, message, options) : new Bug(message, options)
}
