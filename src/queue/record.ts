/** What a queue holds of runs: the register with a job a run, and for each run a queue with a job a slide. */

import { PipelineError } from '../core/errors.js'
import type { Engine, Job, Queue } from './engine/engine.js'
import type { RunEnd, RunRecord, SlideJob } from './jobs.js'
import { register } from './names.js'

export type RunJob = Job<RunRecord, RunEnd>
export type RegisterQueue = Queue<RunRecord, RunEnd>

export interface Counts {
  readonly waiting: number
  /** Wait for their next try. */
  readonly delayed: number
  readonly active: number
  readonly completed: number
  readonly failed: number
}

export async function countsOf(queue: Queue): Promise<Counts> {
  const {
    waiting = 0,
    prioritized = 0,
    delayed = 0,
    active = 0,
    completed = 0,
    failed = 0,
  } = await queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed')
  return { waiting: waiting + prioritized, delayed, active, completed, failed }
}

/** Jobs read from a queue at once. */
const page = 500

/** The slides of a run that failed, but for those of which the server has lost what they were. */
export async function* failedIn(queue: Queue<SlideJob>): AsyncGenerator<Job<SlideJob>> {
  for (let from = 0; ; from += page) {
    const some = await queue.getFailed(from, from + page - 1)
    for (const job of some) if (job?.data?.slide !== undefined) yield job as Job<SlideJob>
    if (some.length < page) return
  }
}

export const registerOf = (engine: Engine): RegisterQueue => engine.queue(register)

/** Runs that a register tells of at once. */
const mostRuns = 1000

/** All runs, the one that was submitted first in front. */
export async function runsIn(registerQueue: RegisterQueue): Promise<readonly RunJob[]> {
  const jobs = await registerQueue.getJobs(
    ['waiting-children', 'waiting', 'prioritized', 'active', 'delayed', 'completed', 'failed'],
    0,
    mostRuns - 1,
  )
  return jobs.filter((job): job is RunJob => Boolean(job?.data?.run)).toSorted((a, b) => a.timestamp - b.timestamp)
}

/** The run of this name; without a name the only one there is. Throws RUN_UNKNOWN. */
export async function theRun(registerQueue: RegisterQueue, name: string | undefined, shown: string): Promise<RunJob> {
  const runs = await runsIn(registerQueue)
  const found = name === undefined ? (runs.length === 1 ? runs[0] : undefined) : runs.find(({ data }) => data.run === name)
  if (found) return found
  const names = runs.map(({ data }) => data.run).join(', ')
  if (runs.length === 0)
    throw new PipelineError('RUN_UNKNOWN', `${shown} holds no runs`, { hint: 'tiastream submit pipeline.yml --queue … makes one' })
  const what = name === undefined ? `${shown} holds ${runs.length} runs` : `${shown} holds no run ${name}`
  throw new PipelineError('RUN_UNKNOWN', what, { hint: `name one of ${names}` })
}
