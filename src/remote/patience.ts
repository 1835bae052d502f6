/** Asking again: 5 tries, 0.2 s × 2ⁿ with full jitter between them, or as long as the server says. Reading a range is the same each time, so it is always safe. */

import { setTimeout as pause } from 'node:timers/promises'
import { Passing } from './exchange.js'

export interface Patience {
  readonly tries: number
  readonly pauseMs: number
  /** A server that sends nothing for so long is given up, and asked again. */
  readonly quietMs: number
}

/** How a server is asked: until when, and how often. */
export interface Asking {
  readonly signal?: AbortSignal | undefined
  readonly patience?: Patience | undefined
}

export const usualPatience: Patience = { tries: 5, pauseMs: 200, quietMs: 10_000 }

/** Nobody waits longer, whatever a server says. */
const longestPause = 60_000

/** What `work` answers; throws its last Passing when all tries failed, and at once what is no Passing. */
export async function retrying<T>(work: (attempt: number) => Promise<T>, { tries, pauseMs }: Patience, signal?: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof Passing) || attempt + 1 >= tries) throw error
      const jitter = Math.random() * pauseMs * 2 ** attempt
      const wait = Math.min(Math.max(error.afterMs, jitter), longestPause)
      await pause(wait, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}
