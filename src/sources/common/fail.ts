/** Several faults of one source as one error: the first speaks, all are kept for `check`, which lists each. */

import { PipelineError } from '../../core/errors.js'

/** How many faults are kept: a list of a million missing files is one mistake. */
export const mostFaults = 50

export function failAll(faults: readonly PipelineError[]): void {
  const [first] = faults
  if (!first) return
  if (faults.length === 1) throw first
  const more = ` (and ${faults.length - 1} more)`
  throw new PipelineError(first.code, first.message + more, {
    ...(first.at ? { at: first.at } : {}),
    ...(first.hint ? { hint: first.hint } : {}),
    cause: new AggregateError(faults.slice(0, mostFaults), `${faults.length} problems`),
  })
}
