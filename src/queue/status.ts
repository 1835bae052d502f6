/** How the runs of a queue stand, and what each worker has in hand. */

import type { Engine, Job } from './engine/engine.js'
import type { RunEnd, RunRecord, SlideEnd, SlideJob, SlideProgress } from './jobs.js'
import { runId } from './names.js'
import { countsOf, type RunJob, registerOf, runsIn, theRun } from './record.js'

export interface SlideStatus {
  readonly slide: string
  readonly worker: string
  /** Of its grid, 0 to 1. */
  readonly share: number
  /** When it was taken (ISO). */
  readonly since: string
}

export interface RunStatus {
  readonly run: string
  /** `cancelled` is in no list: the queue knows it no more. */
  readonly state: 'at work' | 'gathering' | 'over' | 'not gathered'
  readonly output: string
  readonly queue: string
  readonly device: string
  readonly tiastream: string
  readonly submitted: string
  readonly slides: number
  readonly done: number
  readonly failed: number
  readonly waiting: number
  /** Wait for their next try. */
  readonly delayed: number
  readonly atWork: readonly SlideStatus[]
  readonly workers: number
  /** Seconds until all is done, by the slides that were done last; null as long as nobody can tell. */
  readonly secondsLeft: number | null
  /** What workers said that do not work on it. */
  readonly refused: readonly string[]
  readonly end: RunEnd | null
}

/** Slides by which the pace is judged. */
const lastOnes = 50

/** Of all runs, or of one. Throws RUN_UNKNOWN. */
export async function statusOf(engine: Engine, run?: string): Promise<readonly RunStatus[]> {
  const register = registerOf(engine)
  const jobs = run === undefined ? await runsIn(register) : [await theRun(register, run, engine.address.shown)]
  return Promise.all(jobs.map((job) => one(engine, job)))
}

async function one(engine: Engine, job: RunJob): Promise<RunStatus> {
  const record: RunRecord = job.data
  const queue = engine.queue<SlideJob, SlideEnd>(record.queue)
  const [counts, state] = await Promise.all([countsOf(queue), job.getState()])
  const [active, last, { logs }] = await Promise.all([
    counts.active > 0 ? queue.getActive(0, 9999) : [],
    counts.completed > 0 ? queue.getCompleted(0, lastOnes - 1) : [],
    registerOf(engine).getJobLogs(runId(record.run), -20, -1),
  ])
  const atWork = active.filter(Boolean).map((slide) => atWorkOf(slide as Job<SlideJob, SlideEnd>))
  const left = counts.waiting + counts.delayed + atWork.reduce((sum, { share }) => sum + (1 - share), 0)
  return {
    run: record.run,
    state: state === 'completed' ? 'over' : state === 'failed' ? 'not gathered' : state === 'waiting-children' ? 'at work' : 'gathering',
    output: record.output,
    queue: record.queue,
    device: record.device,
    tiastream: record.tiastream,
    submitted: record.at,
    slides: record.slides,
    done: record.before + counts.completed,
    failed: counts.failed,
    waiting: counts.waiting,
    delayed: counts.delayed,
    atWork,
    workers: new Set(atWork.map(({ worker }) => worker)).size,
    secondsLeft: secondsLeft(last.filter(Boolean) as Job<SlideJob, SlideEnd>[], left, atWork.length),
    refused: counts.completed + counts.active === 0 ? [...new Set(logs)] : [],
    end: job.returnvalue ?? null,
  }
}

function atWorkOf({ data, progress, processedBy = '', processedOn = 0 }: Job<SlideJob, SlideEnd>): SlideStatus {
  const said = (typeof progress === 'object' ? progress : {}) as Partial<SlideProgress>
  // What an earlier worker said of it is no more.
  const share = said.worker === processedBy ? (said.share ?? 0) : 0
  return { slide: data.slide, worker: processedBy, share, since: new Date(processedOn).toISOString() }
}

function secondsLeft(last: readonly Job<SlideJob, SlideEnd>[], left: number, side: number): number | null {
  const seconds = last.flatMap(({ returnvalue }) => (returnvalue?.status === 'done' ? [returnvalue.seconds] : []))
  if (seconds.length === 0 || side === 0) return null
  const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length
  return (left * mean) / side
}
