/** Reading jobs in lanes, and what they took. */

import { Lanes } from '../../src/flow/lanes.js'
import type { ReadAnswer, ReadJob } from './read-worker.js'
import { median, type Outcome, type Sample } from './rounds.js'

/** Threads that read, as many as there are jobs side by side. */
export const readLanes = (count: number): Lanes =>
  new Lanes({ count, script: new URL('./read-worker.js', import.meta.url), workerData: null, revive: (e) => new Error(String(e)) })

export async function inLanes(lanes: Lanes, jobs: readonly ReadJob[], answered: (answers: readonly ReadAnswer[]) => void): Promise<Sample> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const answers = await Promise.all(jobs.map((body, lane) => lanes.call<ReadAnswer>(lane, { body })))
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  answered(answers)
  return { seconds, done: jobs.reduce((sum, { places }) => sum + places.length, 0), cpu: (user + system) / 1e6 }
}

/** What one core would do if nobody else were at work. */
export const cpuRate = (o: Outcome): number => median(o.samples.map(({ done, cpu = Number.NaN }) => done / cpu))
