/** Which way to compute is worth other digits. */

import type { Trial, Tried } from './trial.js'

/** So much faster it must be to be worth other digits. */
export const pays = 1.2

/** The fastest of those that agree and pay. */
export function bestOf({ ms, tried }: Trial): Tried | null {
  const good = tried.filter((one): one is Tried => 'ms' in one && one.agreement.agrees && ms / one.ms >= pays)
  return good.toSorted((a, b) => a.ms - b.ms)[0] ?? null
}
