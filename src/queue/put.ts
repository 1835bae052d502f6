/** Puts slides of a run into its queue, below the run's own job in the register, which waits for them. */

import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Engine, Queue } from './engine/engine.js'
import { stateWhenFree, type WaitOptions } from './free.js'
import type { RunRecord, SlideJob } from './jobs.js'
import { jobId, priorityOf, register, runId } from './names.js'
import { registerOf } from './record.js'
import { receiptOf } from './results.js'

/** The first try, and three more. */
export const tries = 4

/** So many workers may be lost with one slide before it fails: the first, and three more. */
export const mostStalls = 3
export const lostAfter = mostStalls + 1

export interface PutOptions extends WaitOptions {
  readonly atMost?: number
  readonly retryAfter?: number
  /** Slides that are done by now; absent: as many as the run says. */
  readonly done?: number
  /** Slides that failed are put in again, too. */
  readonly again?: boolean
}

export interface Put {
  /** As the queue has it: of a run that is under way its own day stands. */
  readonly record: RunRecord
  /** The run begins with this: there was none, or it was over. */
  readonly begun: boolean
  readonly added: ReadonlySet<string>
  /** Slides that were in the queue: waiting or at work. */
  readonly there: number
  /** Slides that failed there, and stay so. */
  readonly failed: number
}

export async function put(engine: Engine, asked: RunRecord, slides: readonly SlideJob[], options: PutOptions = {}): Promise<Put> {
  const queue = engine.queue<SlideJob>(asked.queue)
  const registerQueue = registerOf(engine)
  const parent = await registerQueue.getJob(runId(asked.run))
  const state = parent ? await stateWhenFree(engine, parent, options) : 'none'
  if (!parent) await clear(queue, async () => (await registerQueue.getJob(runId(asked.run))) === undefined)
  const sorted = await sort(queue, asked, slides, { again: options.again === true, isNew: state === 'none' })
  if (sorted.lost.length > 0) {
    // A server that threw keys away: what is left of the run goes, and it begins anew.
    await registerQueue.remove(runId(asked.run), { removeChildren: false })
    await queue.obliterate({ force: true })
    for (const id of sorted.lost) await removeFree(queue, id, options)
    return put(engine, asked, slides, options)
  }
  if (options.atMost !== undefined) await queue.setGlobalConcurrency(options.atMost)
  for (const slide of sorted.gone) await queue.remove(jobId(asked.run, slide.slide))
  // Those that are done in the queue are counted there.
  const before = options.done === undefined ? asked.before : options.done - (await queue.getCompletedCount())
  const record = { ...asked, before, at: state === 'waiting-children' ? parent!.data.at : new Date().toISOString() }
  const adding = [...sorted.fresh, ...sorted.gone]
  const result = { record, added: new Set(adding.map(({ slide }) => slide)), there: sorted.there, failed: sorted.failed }
  const jobs = adding.map((slide) => ({ name: 'slide', data: slide, opts: optionsOf(record, slide, options) }))
  if (parent && state === 'waiting-children') {
    await parent.updateData(record)
    const opts = { parent: { id: parent.id!, queue: registerQueue.qualifiedName } }
    await queue.addBulk(jobs.map((job) => ({ ...job, opts: { ...job.opts, ...opts } })))
    return { ...result, begun: false }
  }
  // It was gathered already, or is about to be: it waits anew.
  if (parent && adding.length === 0) return { ...result, record: parent.data, begun: false }
  if (parent) await registerQueue.remove(runId(record.run), { removeChildren: false })
  await engine.flows().add({
    name: 'gather',
    queueName: register,
    data: record,
    opts: { jobId: runId(record.run), attempts: tries, backoff: backoff(options) },
    children: jobs.map((job) => ({ ...job, queueName: record.queue })),
  })
  return { ...result, begun: true }
}

/** A `cancel` that was killed half-way leaves slides of no run, in a queue that stands still: they would count as put in, and nobody would take them. */
async function clear(queue: Queue, isOfNoRun: () => Promise<boolean>): Promise<void> {
  const counts = Object.values(await queue.getJobCounts())
  const isLeft = counts.some((jobs) => jobs > 0) || (await queue.isPaused())
  // Another may have put this run in just now: slides and run are there at once.
  if (isLeft && (await isOfNoRun())) await queue.obliterate({ force: true })
}

/** A job that a worker is still at is locked until that one sees that its run is gone, or is lost itself. */
async function removeFree(queue: Queue, id: string, { lock = 60_000, waits }: WaitOptions): Promise<void> {
  for (let asked = 0; (await queue.remove(id)) === 0; asked++) {
    if (asked === 0) waits?.(`a worker is still at ${id}, which the server has lost: waiting until it gives it up`)
    await sleep(Math.min(1000, lock))
  }
}

interface Sorted {
  /** Not in the queue. */
  readonly fresh: readonly SlideJob[]
  /** In the queue as finished, and to be done again. */
  readonly gone: readonly SlideJob[]
  /** Ids of jobs that are in no list: nobody would ever take them, and no other of the same id is taken in. */
  readonly lost: readonly string[]
  readonly there: number
  readonly failed: number
}

/** Asked of a queue at once. */
const atOnce = 64

async function sort(
  queue: Queue<SlideJob>,
  { run, output }: RunRecord,
  slides: readonly SlideJob[],
  { again, isNew }: { readonly again: boolean; readonly isNew: boolean },
): Promise<Sorted> {
  const [fresh, gone, lost]: [SlideJob[], SlideJob[], string[]] = [[], [], []]
  let [there, failed] = [0, 0]
  const place = async (slide: SlideJob) => {
    const id = jobId(run, slide.slide)
    let state = isNew ? 'unknown' : await queue.getJobState(id)
    const isThere = state !== 'unknown' || (await queue.getJob(id)) !== undefined
    // Another may have put it in just now.
    if (isThere && state === 'unknown') state = await queue.getJobState(id)
    if (!isThere) fresh.push(slide)
    else if (state === 'unknown') lost.push(id)
    else if (state === 'failed' && !again && (await receiptOf(output, slide.slide))?.status === 'failed') {
      failed++
      await renew(queue, id, slide)
    } else if (state === 'failed' || state === 'completed') gone.push(slide)
    else {
      there++
      await renew(queue, id, slide)
    }
  }
  for (let i = 0; i < slides.length; i += atOnce) await Promise.all(slides.slice(i, i + atOnce).map(place))
  return { fresh, gone, lost, there, failed }
}

/** What stays in the queue is asked for, at its next try, as the list says it now: at another place, with another mask or resolution. */
async function renew(queue: Queue<SlideJob>, id: string, slide: SlideJob): Promise<void> {
  const job = await queue.getJob(id)
  if (job && !isDeepStrictEqual({ ...job.data, traceparent: slide.traceparent }, slide)) await job.updateData(slide)
}

const backoff = ({ retryAfter = 10_000 }: PutOptions) => ({ type: 'exponential', delay: retryAfter, jitter: 0.3 })

const optionsOf = ({ run }: RunRecord, { slide, bytes }: SlideJob, options: PutOptions) => ({
  jobId: jobId(run, slide),
  priority: priorityOf(bytes),
  attempts: tries,
  backoff: backoff(options),
  // A run is gathered with those that failed.
  ignoreDependencyOnFailure: true,
})
