/** Asking again, with pauses that are noted and take no time. */

import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import test from 'ava'
import { Passing } from '../../src/remote/exchange.js'
import { retrying, usualPatience } from '../../src/remote/patience.js'

/** Asks what answers so and so, with half of the longest jitter. */
async function asked(fails: (attempt: number) => Error | undefined, stop?: AbortController) {
  const [usual, random, pauses, attempts] = [timers.setTimeout, Math.random, [] as number[], [] as number[]]
  timers.setTimeout = (async (ms: number, _: unknown, { signal }: { signal?: AbortSignal }) => {
    pauses.push(ms)
    stop?.abort(new Error('enough'))
    signal?.throwIfAborted()
  }) as typeof timers.setTimeout
  Math.random = () => 0.5
  syncBuiltinESMExports()
  const work = async (attempt: number) => {
    attempts.push(attempt)
    const error = fails(attempt)
    if (error) throw error
    return 'here'
  }
  try {
    const answer = await retrying(work, usualPatience, stop?.signal).catch((error: Error) => error.message)
    return { answer, attempts, pauses }
  } finally {
    timers.setTimeout = usual
    Math.random = random
    syncBuiltinESMExports()
  }
}

test.serial('what may pass is asked five times, each pause up to twice as long as the one before', async (t) => {
  t.deepEqual(await asked((attempt) => new Passing(`busy ${attempt}`)), {
    answer: 'busy 4',
    attempts: [0, 1, 2, 3, 4],
    pauses: [100, 200, 400, 800],
  })
})

test.serial('a server that says how long is waited for, a minute at most, and what it answers is the answer', async (t) => {
  const busy = [50, 5000, 3_600_000].map((afterMs) => new Passing('busy', { afterMs }))
  t.deepEqual(await asked((attempt) => busy[attempt]), { answer: 'here', attempts: [0, 1, 2, 3], pauses: [100, 5000, 60_000] })
})

test.serial('what does not pass is told at once', async (t) => {
  t.deepEqual(await asked(() => new Error('no')), { answer: 'no', attempts: [0], pauses: [] })
})

test.serial('who leaves is kept neither by a pause nor by what failed', async (t) => {
  t.deepEqual(await asked(() => new Passing('busy'), new AbortController()), { answer: 'enough', attempts: [0], pauses: [100] })
  const stop = new AbortController()
  const leaving = () => {
    stop.abort(new Error('enough'))
    return new Error('no')
  }
  t.deepEqual(await asked(leaving, stop), { answer: 'enough', attempts: [0], pauses: [] })
})
