/** Tells a person which tables of an output are no longer as the run wrote them, and what counts twice in it. */

import { Twins } from '../pipeline/cohort/twins.js'
import { changedText } from '../results/changed.js'
import type { Results } from '../results/open.js'
import { warnHere } from './warn-here.js'

export async function warnChanged(results: Results): Promise<void> {
  const text = await changedText(results)
  if (text !== null) warnHere(text)
}

/** For what is counted over all slides. */
export function warnTwins({ slides }: Results): void {
  const twins = new Twins()
  for (const { receipt } of slides) twins.add(receipt)
  if (twins.told !== null) warnHere(twins.told)
}
