/** Waits for the end of a run. */

import { setTimeout as sleep } from 'node:timers/promises'
import { PipelineError } from '../core/errors.js'
import type { Engine } from './engine/engine.js'
import type { RunEnd } from './jobs.js'
import { runId } from './names.js'
import { registerOf } from './record.js'

/** Milliseconds between two looks. */
const every = 1000

/** What the run came to. A queue that is away for a while is waited for. Throws RUN_CANCELLED, and where the signal comes: the run goes on. */
export async function waitFor(engine: Engine, run: string, signal: AbortSignal): Promise<RunEnd> {
  const register = registerOf(engine)
  for (;;) {
    signal.throwIfAborted()
    const late = sleep(5000, 'late' as const, { ref: false })
    const job = await Promise.race([register.getJob(runId(run)), late]).catch(() => 'late' as const)
    if (job === undefined) {
      throw new PipelineError('RUN_CANCELLED', `${run} was taken out of the queue`, {
        hint: 'what is done stays; tiastream submit goes on with it',
      })
    }
    if (job !== 'late') {
      if (job.finishedOn && job.returnvalue) return job.returnvalue
      if (job.finishedOn) throw new PipelineError('RUN_CANCELLED', `${run} could not be gathered: ${job.failedReason}`)
    }
    await sleep(every, undefined, { signal })
  }
}
