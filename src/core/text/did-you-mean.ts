/** "Did you mean" as the end of a sentence. */

import { nearest } from './nearest.js'
import { lookalikes } from './unseen.js'

/** `, did you mean 'keep'?`, or nothing. Names too long to be a slip are not compared. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const found = name.length > 64 ? null : nearest(name, known)
  return found === null ? '' : `, did you mean '${found}'?${lookalikes(name, found)}`
}
