/** What there is in a queue for one worker. */

import { tiastreamVersion } from '../pipeline/plan/version.js'
import type { Engine } from './engine/engine.js'
import type { RunRecord } from './jobs.js'
import { runId } from './names.js'
import { type Counts, countsOf, registerOf } from './record.js'

export interface Run {
  readonly record: RunRecord
  readonly counts: Counts
}

export interface Seen {
  /** With slides that are not through, the one that was submitted first in front. */
  readonly runs: readonly Run[]
  /** Runs whose slides are through: to be gathered now or later, or being gathered by whomever. */
  readonly toGather: number
  /** Runs that wait for slides none of which is in their queue. */
  readonly stranded: readonly RunRecord[]
}

export async function lookAround(engine: Engine, isMine: (record: RunRecord) => boolean): Promise<Seen> {
  const register = registerOf(engine)
  const mine = async (...states: ('waiting-children' | 'waiting' | 'delayed' | 'active')[]) =>
    (await register.getJobs(states)).flatMap((job) => (job?.data?.run && isMine(job.data) ? [job.data] : []))
  // One after another, in the order in which a run goes on: one that goes on in between is seen twice, or to be gathered, and never missed.
  const records = await mine('waiting-children')
  const runs = await Promise.all(
    records
      .toSorted((a, b) => (a.at < b.at ? -1 : 1))
      .map(async (record) => ({ record, counts: await countsOf(engine.queue(record.queue)) })),
  )
  const ready = await mine('waiting', 'delayed', 'active')
  // A run goes on in the same moment in which its last slide ends: one that waits after its slides were counted waits for ever.
  const isStranded = async ({ record: { run }, counts: { waiting, delayed, active } }: Run) =>
    waiting + delayed + active === 0 &&
    !ready.some((one) => one.run === run) &&
    (await register.getJobState(runId(run))) === 'waiting-children'
  const stranded: RunRecord[] = []
  for (const one of runs) if (await isStranded(one)) stranded.push(one.record)
  return { runs, stranded, toGather: ready.filter(({ tiastream }) => tiastream === tiastreamVersion).length }
}
