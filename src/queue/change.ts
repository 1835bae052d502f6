/** Puts slides of a run in again, or takes a run out. */

import { PipelineError } from '../core/errors.js'
import type { Engine, Job } from './engine/engine.js'
import type { SlideJob } from './jobs.js'
import { jobId } from './names.js'
import { put } from './put.js'
import { registerOf, theRun } from './record.js'

/** Jobs read at once. */
const page = 500

export interface Retried {
  readonly run: string
  readonly slides: readonly string[]
}

/** `slides`: those; empty: all that failed. Slides that are done are done again only when their results are gone. Throws RUN_UNKNOWN. */
export async function retry(engine: Engine, run: string | undefined, slides: readonly string[]): Promise<Retried> {
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
  } else {
    for (let from = 0; ; from += page) {
      const some = (await queue.getFailed(from, from + page - 1)).filter(Boolean) as Job<SlideJob>[]
      jobs.push(...some.map(({ data }) => data))
      if (some.length < page) break
    }
  }
  const { added } = await put(engine, record, jobs, { again: true })
  return { run: record.run, slides: [...added] }
}

export interface Cancelled {
  readonly run: string
  /** Slides that were waiting, and slides that were at work: their workers give them up. */
  readonly waiting: number
  readonly active: number
}

/** Results and journals stay: the same run submitted again goes on. Throws RUN_UNKNOWN. */
export async function cancel(engine: Engine, run: string): Promise<Cancelled> {
  const register = registerOf(engine)
  const { data: record } = await theRun(register, run, engine.address.shown)
  const queue = engine.queue<SlideJob>(record.queue)
  await queue.pause()
  const [waiting, active] = [await queue.getJobCountByTypes('waiting', 'prioritized', 'delayed'), await queue.getActiveCount()]
  await register.remove(record.run, { removeChildren: false })
  await queue.obliterate({ force: true })
  return { run: record.run, waiting, active }
}
