/**
 * A run in a queue as OpenLineage's events: START by whoever submits it, or puts slides of it in again when it was over; COMPLETE by the worker that gathers
 * it, or ABORT by whoever cancels it. They know it by one id, which follows from what the queue holds of it.
 */

import { createHash } from 'node:crypto'
import { recordOf } from '../../core/errors.js'
import type { Plan } from '../../pipeline/plan/plan-type.js'
import { readRun } from '../../queue/frozen.js'
import type { RunRecord } from '../../queue/jobs.js'
import type { WorkerEvent } from '../../queue/worker-events.js'
import type { Env } from '../otel/asked.js'
import { plainText } from '../plain-text.js'
import { Folders, modelInputs, named, outputOf, slideInputs } from './datasets.js'
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

/** Of a run that was just put into a queue, or put in again after it was over. `plan`: of whoever has it at hand. */
export async function begunEvent(record: RunRecord, env: Env, plan?: Plan): Promise<object> {
  const folders = new Folders()
  for (const { uri } of (await readRun(record.output, record.run)).slides) folders.add(uri)
  return eventOf({
    type: 'START',
    runId: runIdOf(record),
    namespace: namespaceIn(env),
    job: record.run,
    runFacets: { processing_engine: engine, ...parentIn(env.OPENLINEAGE_PARENT_ID) },
    inputs: [...slideInputs(folders), ...(plan ? modelInputs(plan) : [])],
    outputs: [plan ? outputOf(plan) : { ...named(record.output), facets: {} }],
  })
}

/** Of a run that was taken out of its queue before it was over. */
export const cancelledEvent = (record: RunRecord, env: Env): object =>
  eventOf({
    type: 'ABORT',
    runId: runIdOf(record),
    namespace: namespaceIn(env),
    job: record.run,
    runFacets: { processing_engine: engine },
    inputs: [],
    outputs: [{ ...named(record.output), facets: {} }],
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

/** Tells OpenLineage of a run in a queue, where the variables ask for it. Two seconds at most for the sending; never throws. */
export async function tellQueued(
  event: (env: Env) => object | Promise<object>,
  warn: (message: string) => void,
  env: Env = process.env,
): Promise<void> {
  try {
    const receiver = receiverOf(env)
    if (!receiver) return
    const sender = senderTo(receiver, warn)
    sender.send(await event(env))
    await sender.close()
  } catch (error) {
    warn(`OpenLineage is not told: ${plainText(recordOf(error).message)}`)
  }
}
