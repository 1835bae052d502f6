/** Loads the module of a plugin into this thread. */

import { PipelineError } from '../../../core/errors.js'
import { untilLate } from '../../../flow/until-aborted.js'
import { longestLoad } from './exports.js'

/** What it exports as default. Throws PLUGIN_INVALID when it does not load, or takes too long. */
export async function importPlugin(module: string, longest = longestLoad): Promise<unknown> {
  const loading: Promise<Record<string, unknown>> = import(module)
  const loaded = await untilLate(loading, longest).catch((cause: unknown) => {
    throw new PipelineError('PLUGIN_INVALID', `${module} does not load: ${cause instanceof Error ? cause.message : String(cause)}`, {
      ...(cause instanceof PipelineError && cause.hint !== undefined ? { hint: cause.hint } : {}),
      cause,
    })
  })
  if (!loaded) throw new PipelineError('PLUGIN_INVALID', `${module} has not loaded after ${longest / 1000} s`)
  return loaded.default
}
