/** A worker's second job: runs that are over are gathered, one after another, until none waits for it. */

import { setTimeout as sleep } from 'node:timers/promises'
import { tiastreamVersion } from '../pipeline/plan/version.js'
import type { Engine } from './engine/engine.js'
import { mostGathers } from './free.js'
import { gather } from './gather.js'
import type { RunEnd, RunRecord } from './jobs.js'
import { register } from './names.js'
import type { TellWorker } from './worker-events.js'

export interface Gatherer {
  readonly worker: string
  /** Milliseconds after which a worker that says nothing is lost. */
  readonly lock: number
  readonly signal: AbortSignal
  /** Whether this worker takes the run. */
  isMine(record: RunRecord): boolean
  /** Whether the queue is gone: then nobody waits for its good-bye. */
  isGone(): boolean
  readonly tell: TellWorker
}

/** Milliseconds for a first run to come. */
const patience = 5000

export async function gatherRuns(engine: Engine, { worker, lock, signal, isMine, isGone, tell }: Gatherer): Promise<void> {
  let drained: () => void = () => undefined
  const end = new Promise<void>((resolve) => {
    drained = resolve
  })
  const gatherer = engine.worker<RunRecord, RunEnd>(
    register,
    async (job, token) => {
      const record = job.data
      const later = async (ms: number) => {
        await job.moveToDelayed(Date.now() + ms, token)
        throw engine.later()
      }
      // To be gathered by a worker of its own version that takes this run: those look every few seconds.
      if (record.tiastream !== tiastreamVersion || !isMine(record)) return later(2000)
      const warn = (message: string) => tell({ type: 'warning', code: 'COHORT', message: `${record.run}: ${message}` })
      const gathered = await gather(engine, record, warn, signal)
      if (gathered === null) return later(2000)
      tell({ type: 'run.gathered', run: record.run, output: record.output, at: record.at, ...gathered })
      return gathered
    },
    { name: worker, concurrency: 1, lockDuration: lock, stalledInterval: lock / 2, maxStalledCount: mostGathers, runRetryDelay: 2000 },
  )
  gatherer.on('drained', drained)
  gatherer.on('failed', (job, error) => {
    if (job) tell({ type: 'warning', code: 'GATHER', message: `${job.data.run} could not be gathered: ${error.message}` })
  })
  try {
    await Promise.race([end, sleep(patience, undefined, { ref: false })])
  } finally {
    await gatherer.close(isGone()).catch(() => undefined)
  }
}
