/** One stream of items into several Writables, at the pace of the slowest. If one dies, all die. */

import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { unlessFailed } from './unless-failed.js'

/**
 * Writes every item to every writable, then ends them and waits until all have finished. On any error, or abort, destroys
 * all of them, lets go of `items`, and throws the first error.
 */
export async function tee<T>(items: AsyncIterable<T>, writables: readonly Writable[], signal?: AbortSignal): Promise<void> {
  let failure: { error: unknown } | undefined
  const ends = writables.map((writable) =>
    finished(writable, { readable: false }).catch((error: unknown) => {
      failure ??= { error }
      throw error
    }),
  )
  const ended = Promise.all(ends)
  const unlessEnded = unlessFailed(ended)
  try {
    for await (const item of items) {
      signal?.throwIfAborted()
      if (failure) throw failure.error
      for (const writable of writables) {
        if (!writable.write(item)) await unlessEnded(once(writable, 'drain'))
      }
    }
    signal?.throwIfAborted()
    if (failure) throw failure.error
    for (const writable of writables) writable.end()
    await ended
  } catch (error) {
    const first = failure?.error ?? error
    for (const writable of writables) writable.destroy()
    await Promise.allSettled(ends)
    throw first
  }
}
