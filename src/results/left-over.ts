/** Slides that the output holds and the last run had not: their results stay, and whoever counts them says so. */

import { someOf } from '../core/text/some-of.js'
import type { Results } from './open.js'

/** Null where all are of the last run, or no run has said. */
export function leftOverText({ run }: Pick<Results, 'run'>): string | null {
  const ids = run?.leftovers
  if (!Array.isArray(ids) || ids.length === 0) return null
  return `not part of the last run: ${someOf(ids, 5)}`
}
