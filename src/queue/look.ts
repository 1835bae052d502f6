/** What there is in a queue for one worker. */

import { tiastreamVersion } from '../pipeline/plan/version.js'
import type { Engine } from './engine/engine.js'
import type { RunRecord } from './jobs.js'
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
  return { runs, toGather: ready.filter(({ tiastream }) => tiastream === tiastreamVersion).length }
}
