/** Runs that a worker could not work on: they are let be for a while, and tried again then. */

import { PipelineError, type TiastreamError } from '../core/errors.js'
import type { RunRecord } from './jobs.js'

/** Milliseconds: a mount may have come. */
const usualWhile = 60_000

export class RefusedRuns {
  readonly #runs = new Map<string, { readonly error: TiastreamError; readonly until: number }>()

  constructor(private readonly whileMs = usualWhile) {}

  /** True the first time. */
  add(record: RunRecord, error: TiastreamError): boolean {
    const isNew = !this.#runs.has(keyOf(record))
    this.#runs.set(keyOf(record), { error, until: performance.now() + this.whileMs })
    return isNew
  }

  /** It is not to be tried yet. (One that was refused before may have been taken since.) */
  has(record: RunRecord, now = performance.now()): boolean {
    return (this.#runs.get(keyOf(record))?.until ?? 0) >= now
  }

  /** Why none of these can be worked on, in the words of the first. */
  error(records: readonly [RunRecord, ...RunRecord[]]): PipelineError {
    const { error } = this.#runs.get(keyOf(records[0]))!
    const names = records.map(({ run }) => run).join(', ')
    return new PipelineError('RUN_REFUSED', `${names} cannot be worked on here: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    })
  }
}

const keyOf = ({ run, at, fingerprint }: RunRecord): string => `${run} ${at} ${fingerprint}`
