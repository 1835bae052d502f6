/** What the slides of an output are not all of: results that stay though the last run had no such slide, and slides that have none. Whoever counts says so. */

import { counted } from '../core/text/counted.js'
import { someOf } from '../core/text/some-of.js'
import type { Results } from './open.js'

/** Null where all are of the last run, or no run has said. */
export function leftOverText({ run }: Pick<Results, 'run'>): string | null {
  const ids = run?.leftovers
  if (ids === undefined || ids.length === 0) return null
  return `not part of the last run: ${someOf(ids, 5)}`
}

/** Null where all slides that the last run had are done. */
export function unfinishedText({ slides, waiting = [] }: Pick<Results, 'slides' | 'waiting'>): string | null {
  const failed = slides.flatMap(({ id, receipt }) => (receipt.status === 'done' ? [] : [id]))
  const said = [
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(waiting.length > 0 ? [`${waiting.length} not done yet`] : []),
  ]
  if (said.length === 0) return null
  return `of ${counted(slides.length + waiting.length, 'slide')} ${said.join(', ')}: ${someOf([...failed, ...waiting], 5)}`
}
