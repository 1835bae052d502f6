/** Tells a person which tables of an output are no longer as the run wrote them. */

import { changedText } from '../results/changed.js'
import type { Results } from '../results/open.js'
import { warnHere } from './warn-here.js'

export async function warnChanged(results: Results): Promise<void> {
  const text = await changedText(results)
  if (text !== null) warnHere(text)
}
