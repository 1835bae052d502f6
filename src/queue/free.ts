/**
 * While a worker gathers a run, nothing is put below it, and it is not taken out: whoever wants that waits. A worker may be lost at it while no other one looks, so who
 * waits looks himself: then the run waits to be gathered again.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from './engine/engine.js'
import { register } from './names.js'
import type { RunJob } from './record.js'

export interface WaitOptions {
  /** Milliseconds without a word until a worker is lost. Default a minute. */
  readonly lock?: number
  /** Told once when it has to be waited for. */
  readonly waits?: ((message: string) => void) | undefined
}

/** Workers that may be lost while they gather one run. */
export const mostGathers = 3

/** The state of a run's own job, which is not `active`. */
export async function stateWhenFree(engine: Engine, run: RunJob, { lock = 60_000, waits }: WaitOptions = {}): Promise<string> {
  const first = await run.getState()
  if (first !== 'active') return first
  waits?.(`${run.data.run} is being gathered: waiting until that is done, or its worker is found to be lost`)
  const takesNone = () => Promise.reject(new Error('takes no run'))
  const options = { autorun: false, lockDuration: lock, stalledInterval: lock / 2, maxStalledCount: mostGathers }
  const watcher = engine.worker(register, takesNone, options)
  try {
    await watcher.startStalledCheckTimer()
    for (;;) {
      const state = await run.getState()
      if (state !== 'active') return state
      await sleep(Math.min(1000, lock))
    }
  } finally {
    await watcher.close(true).catch(() => undefined)
  }
}
