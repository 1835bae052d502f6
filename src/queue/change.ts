/** Puts slides of a run in again, or takes a run out. */

import { PipelineError } from '../core/errors.js'
import type { Engine } from './engine/engine.js'
import { stateWhenFree, type WaitOptions } from './free.js'
import type { RunRecord, SlideJob } from './jobs.js'
import { jobId, runId } from './names.js'
import { put } from './put.js'
import { failedIn, registerOf, theRun } from './record.js'

export interface Retried {
  readonly record: RunRecord
  /** The run was over, and begins again. */
  readonly begun: boolean
  readonly slides: readonly string[]
}

/** `slides`: those; empty: all that failed. Slides that are done are done again only when their results are gone. Throws RUN_UNKNOWN. */
export async function retry(
  engine: Engine,
  run: string | undefined,
  slides: readonly string[],
  options: WaitOptions = {},
): Promise<Retried> {
  const { data: record } = await theRun(registerOf(engine), run, engine.address.shown)
  const queue = engine.queue<SlideJob>(record.queue)
  const jobs: SlideJob[] = []
  if (slides.length > 0) {
    for (const slide of slides) {
      const job = await queue.getJob(jobId(record.run, slide))
      if (!job) {
        throw new PipelineError('RUN_UNKNOWN', `the queue holds no slide ${slide} of ${record.run}`, {
          hint: 'was it done before the run was submitted, or is it called otherwise?',
        })
      }
      jobs.push(job.data)
    }
  } else for await (const job of failedIn(queue)) jobs.push(job.data)
  const { added, ...rest } = await put(engine, record, jobs, { ...options, again: true })
  return { record: rest.record, begun: rest.begun, slides: [...added] }
}

export interface Cancelled {
  readonly record: RunRecord
  /** It was over before: all its slides were through. */
  readonly over: boolean
  /** Slides that were waiting, and slides that were at work: their workers give them up. */
  readonly waiting: number
  readonly active: number
}

/** Results and journals stay: the same run submitted again goes on. Throws RUN_UNKNOWN. */
export async function cancel(engine: Engine, run: string, options: WaitOptions = {}): Promise<Cancelled> {
  const register = registerOf(engine)
  await stateWhenFree(engine, await theRun(register, run, engine.address.shown), options)
  const job = await theRun(register, run, engine.address.shown)
  const { data: record, finishedOn } = job
  const queue = engine.queue<SlideJob>(record.queue)
  await queue.pause()
  const [waiting, active] = [await queue.getJobCountByTypes('waiting', 'prioritized', 'delayed'), await queue.getActiveCount()]
  // Its last slide may have ended this moment, and a worker that gathers it has it: nothing is removed then, and nothing said.
  while ((await register.remove(runId(record.run), { removeChildren: false })) === 0 && (await register.getJob(runId(record.run))))
    await stateWhenFree(engine, job, options)
  await queue.obliterate({ force: true })
  return { record, over: finishedOn !== undefined, waiting, active }
}
