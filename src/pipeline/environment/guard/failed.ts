/** What a plugin throws, as an error that says whose it is. */

import { type ErrorRecord, errorFrom, PipelineError, recordOf, TiastreamError } from '../../../core/errors.js'
import { isFullDisk } from '../../../core/owners.js'
import { untilLate } from '../../../flow/until-aborted.js'
import { longestLoad } from '../modules/exports.js'

/** A part of a plugin; without one, of the program that calls. */
export interface Part {
  readonly kind: 'stage' | 'sink' | 'source' | 'reader'
  readonly name: string
  readonly plugin?: string | undefined
}

export const nameOf = ({ kind, name, plugin }: Part): string =>
  `${kind} '${name}' of ${plugin === undefined ? 'the program' : `the plugin ${plugin}`}`

const hintOf = ({ plugin }: Part): string =>
  `this is code of the ${plugin === undefined ? 'program that calls' : 'plugin'}: whoever wrote it can act`

/** A promise that a part breaks; `fact` reads on from its name. */
export const broken = (part: Part, fact: string, code: 'PLUGIN_FAILED' | 'PLUGIN_COLUMNS' = 'PLUGIN_FAILED'): PipelineError =>
  new PipelineError(code, `${nameOf(part)} ${fact}`, { hint: hintOf(part) })

/** Errors of ours keep their family and code, also those that another copy of tiastream made; so does what a full disk says. */
export function failed(part: Part, cause: unknown, doing = ''): unknown {
  if (cause instanceof TiastreamError || isFullDisk(cause)) return cause
  if (isOurs(cause)) return errorFrom(cause)
  return new PipelineError('PLUGIN_FAILED', `${nameOf(part)} failed${doing}: ${recordOf(cause).message}`, { hint: hintOf(part), cause })
}

function isOurs(error: unknown): error is ErrorRecord {
  if (!(error instanceof Error)) return false
  const { family, code } = error as Partial<ErrorRecord>
  return ['PipelineError', 'ModelError', 'SlideError', 'SinkError'].includes(String(family)) && typeof code === 'string'
}

/** Calls it; what it throws says whose it is. */
export function attempt<T>(part: Part, doing: string, ask: () => T): T {
  try {
    return ask()
  } catch (cause) {
    throw failed(part, cause, doing)
  }
}

/** The same for what it promises. */
export async function attemptLater<T>(part: Part, doing: string, ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw failed(part, cause, doing)
  }
}

/** What its `load` gives. One that never answers would hold the run for ever, and nothing would say whose it is. */
export async function loadedBy<T>(part: Part, load: () => T | Promise<T>, longest = longestLoad): Promise<T> {
  const loading = attemptLater(part, ' as it was loaded', load).then((module) => ({ module }))
  const loaded = await untilLate(loading, longest)
  if (!loaded) throw broken(part, `has not loaded after ${longest / 1000} s`)
  // A module of nothing is told by what it lacks.
  return (loaded.module ?? {}) as T
}
