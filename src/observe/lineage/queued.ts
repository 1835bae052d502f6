/**
 * A run in a queue as OpenLineage's events: START by whoever submits it, COMPLETE by the worker that gathers it. They know it by one id, which follows from
 * what the queue holds of it.
 */

import { createHash } from 'node:crypto'
import type { Plan } from '../../pipeline/plan/plan-type.js'
import type { RunRecord } from '../../queue/jobs.js'
import type { WorkerEvent } from '../../queue/worker-events.js'
import type { Env } from '../otel/asked.js'
import { modelInputs, named, outputOf } from './datasets.js'
import { eventOf } from './event.js'
import { engine, facet, ownRunFacet } from './facets.js'
import { parentIn } from './lineage.js'
import { receiverOf, senderTo } from './send.js'

type Gathered = Extract<WorkerEvent, { type: 'run.gathered' }>

/** A UUID of its own kind (version 8, RFC 9562). */
export function runIdOf({ run, output, at }: Pick<RunRecord, 'run' | 'output' | 'at'>): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([run, output, at]))
    .digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export const namespaceIn = (env: Env): string => env.OPENLINEAGE_NAMESPACE?.trim() || 'default'

export const submittedEvent = (plan: Plan, record: RunRecord, env: Env): object =>
  eventOf({
    type: 'START',
    runId: runIdOf(record),
    namespace: namespaceIn(env),
    job: record.run,
    runFacets: { processing_engine: engine, ...parentIn(env.OPENLINEAGE_PARENT_ID) },
    inputs: modelInputs(plan),
    outputs: [outputOf(plan)],
  })

export function gatheredEvent(gathered: Gathered, env: Env): object {
  const { run, output, done, failed, rows, unreadable, unanswered } = gathered
  const status = failed > 0 ? 'some slides failed' : 'done'
  return eventOf({
    type: 'COMPLETE',
    runId: runIdOf(gathered),
    namespace: namespaceIn(env),
    job: run,
    runFacets: {
      processing_engine: engine,
      tiastream_run: ownRunFacet({ status, slides: { done, failed }, rows, unreadable, unanswered }),
    },
    inputs: [],
    outputs: [
      {
        ...named(output),
        facets: {},
        outputFacets: { outputStatistics: facet('OutputStatisticsOutputDatasetFacet', { rowCount: rows }) },
      },
    ],
  })
}

/** Tells OpenLineage, where the variables ask for it, that a run is in the queue. Two seconds at most; never throws. */
export async function tellSubmitted(plan: Plan, record: RunRecord, warn: (message: string) => void, env: Env = process.env): Promise<void> {
  try {
    const receiver = receiverOf(env)
    if (!receiver) return
    const sender = senderTo(receiver, warn)
    sender.send(submittedEvent(plan, record, env))
    await sender.close()
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error))
  }
}
