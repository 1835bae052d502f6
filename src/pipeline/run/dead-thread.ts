/** What it means that a thread of the crew ended, and errors that crossed from one. */

import { bugInRun, type ErrorRecord, errorFrom, ModelError, SlideError } from '../../core/errors.js'
import { LaneDied } from '../../flow/lanes.js'

/** A thread that ends while it opens the model: of memory, as a rule. */
export function deadBefore(error: unknown): unknown {
  if (!(error instanceof LaneDied)) return error
  return new ModelError('MODEL_REFUSED', `a thread ended while it made ready: ${error.message}`, {
    hint: 'a model takes memory in each lane: try runtime: { lanes: 1 }',
    cause: error,
  })
}

/** A job that kills its thread twice is its slide's fault, as far as anyone can tell: that slide fails. A thread that never starts is ours. */
export function deadOn(slide: string, error: unknown): unknown {
  if (!(error instanceof LaneDied)) return error
  if (error.job === 'hopeless') return bugInRun(error.message, { at: { slide }, cause: error })
  return new SlideError('LANE_DIED', `${slide} ended the thread that read it, twice: ${error.message}`, {
    hint: 'the next run tries it again; when it stays so, please report it with the slide',
    at: { slide },
    cause: error,
  })
}

export function revive(error: unknown): Error {
  return error instanceof LaneDied ? error : errorFrom(error as ErrorRecord)
}
