/** An event of OpenLineage, as it is sent. */

import type { Dataset } from './datasets.js'
import { eventSchema, type Facets, facet, producer } from './facets.js'

export type EventType = 'START' | 'COMPLETE' | 'FAIL' | 'ABORT'

export interface Told {
  readonly type: EventType
  readonly runId: string
  readonly namespace: string
  readonly job: string
  readonly runFacets: Facets
  readonly inputs: readonly Dataset[]
  readonly outputs: readonly Dataset[]
}

export function eventOf({ type, runId, namespace, job, runFacets, inputs, outputs }: Told): object {
  const jobType = facet('JobTypeJobFacet', { processingType: 'BATCH', integration: 'TIASTREAM', jobType: 'JOB' })
  return {
    eventType: type,
    eventTime: new Date().toISOString(),
    producer,
    schemaURL: eventSchema,
    run: { runId, facets: runFacets },
    job: { namespace, name: job, facets: { jobType } },
    inputs,
    outputs,
  }
}
