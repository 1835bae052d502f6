/** What it means that a thread of the crew ended, and errors that crossed from one. */

import { bugInRun, type ErrorRecord, errorFrom, ModelError, PipelineError, SlideError } from '../../core/errors.js'
import { LaneDied } from '../../flow/lane-died.js'
import type { Plan } from '../plan/plan-type.js'

/** Those of a plan: their code runs in the threads, and may end them (process.exit, an error in a timer, native code). */
type Plugins = Plan['plugins']

const named = (plugins: Plugins): string =>
  `${plugins.length === 1 ? 'the plugin' : 'the plugins'} ${plugins.map(({ name }) => name).join(' and ')}`

/** Node begins no thread where the folder that the program stands in is gone, as that of a server whose program was laid there anew. */
function nowhere(error: LaneDied): PipelineError | null {
  if (!/\buv_cwd\b/.test(error.message)) return null
  const hint = 'begin it again, or let it call process.chdir with a folder that is there'
  return new PipelineError('USAGE', 'the folder in which this program stands is gone, and no thread begins without one', {
    hint,
    cause: error,
  })
}

/** A thread that ends while it opens the model: of memory, as a rule. */
export function deadBefore(error: unknown, plugins: Plugins): unknown {
  if (!(error instanceof LaneDied)) return error
  const gone = nowhere(error)
  if (gone !== null) return gone
  const hint = 'a model takes memory in each lane: try runtime: { lanes: 1 }'
  return new ModelError('MODEL_REFUSED', `a thread ended while it made ready: ${error.message}`, {
    hint: plugins.length === 0 ? hint : `the thread loads ${named(plugins)}, too, whose code may have ended it; else ${hint}`,
    cause: error,
  })
}

/** A job that kills its thread twice is its slide's fault, as far as anyone can tell: that slide fails. A thread that never starts is ours, or that of a plugin. */
export function deadOn(slide: string, error: unknown, plugins: Plugins): unknown {
  if (!(error instanceof LaneDied)) return error
  const gone = nowhere(error)
  if (gone !== null) return gone
  const options = { hint: afterDeath(plugins), at: { slide }, cause: error }
  if (error.job !== 'hopeless')
    return new SlideError('LANE_DIED', `${slide} ended the thread that read it, twice: ${error.message}`, options)
  return plugins.length === 0
    ? bugInRun(error.message, { at: { slide }, cause: error })
    : new SlideError('LANE_DIED', error.message, options)
}

/** What to do when a thread has ended that had loaded these. */
export const afterDeath = (plugins: Plugins): string =>
  plugins.length === 0
    ? 'the next run tries it again; when it stays so, please report it with the slide'
    : `the thread had loaded ${named(plugins)}, whose code may have ended it: look there first; the next run tries the slide again`

export function revive(error: unknown): Error {
  return error instanceof LaneDied ? error : errorFrom(error as ErrorRecord)
}
