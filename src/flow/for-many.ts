/** A signal that many may wait for at once: each wait is a listener, and Node warns from the eleventh on. */

import { setMaxListeners } from 'node:events'

/** Aborts with the one given, of which it is one listener. */
export function forMany(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined
  const own = AbortSignal.any([signal])
  setMaxListeners(0, own)
  return own
}
