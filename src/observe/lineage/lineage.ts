/** A run as OpenLineage's events: START, then COMPLETE (also when slides failed), FAIL (an error ended it) or ABORT (it was stopped). */

import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { nameIn } from '../../core/address.js'
import { recordOf } from '../../core/errors.js'
import type { Plan } from '../../pipeline/plan/plan-type.js'
import { leavesSlide, type RunSummary } from '../../pipeline/run/run-events.js'
import type { WorkerEvent } from '../../queue/worker-events.js'
import { plainText } from '../plain-text.js'
import { Folders, modelInputs, outputOf, slideInputs } from './datasets.js'
import { type EventType, eventOf } from './event.js'
import { engine, type Facets, facet, ownRunFacet } from './facets.js'

export interface Job {
  readonly namespace: string
  /** Absent: the name of the pipeline file, or of the output. */
  readonly name?: string
  /** `namespace/job/run id` of whoever began the run, as OPENLINEAGE_PARENT_ID says it. */
  readonly parent?: string | undefined
}

export class Lineage {
  readonly #runId = randomUUID()
  readonly #folders = new Folders()
  /** One that begins again is one slide. */
  readonly #atWork = new Set<string>()
  #files = 0
  #summary: RunSummary | undefined
  #error: unknown
  #failed = false

  constructor(
    private readonly plan: Plan,
    private readonly job: Job,
    private readonly send: (event: object) => void,
  ) {}

  see(event: WorkerEvent): void {
    if (event.type === 'run.start') this.#tell('START')
    else if (event.type === 'slide.start') this.#begin(event)
    else if (event.type === 'slide.done') this.#files += event.files.length
    else if (event.type === 'run.end') this.#summary = event.summary
    if (leavesSlide(event)) this.#atWork.delete(event.slide)
  }

  #begin({ slide, uri }: { readonly slide: string; readonly uri: string }): void {
    if (!this.#atWork.has(slide)) this.#folders.add(uri)
    this.#atWork.add(slide)
  }

  failed(error: unknown): void {
    this.#failed = true
    this.#error = error
  }

  /** The last event. A run that never said how it ended was stopped. */
  end(): void {
    this.#tell(this.#failed ? 'FAIL' : this.#summary === undefined || this.#summary.status === 'stopped' ? 'ABORT' : 'COMPLETE')
  }

  #tell(eventType: EventType): void {
    const { namespace, name = jobNameOf(this.plan) } = this.job
    const isStart = eventType === 'START'
    const added = isStart ? undefined : { rows: this.#summary?.rows ?? 0, files: this.#files }
    this.send(
      eventOf({
        type: eventType,
        runId: this.#runId,
        namespace,
        job: name,
        runFacets: this.#runFacets(),
        inputs: [...slideInputs(this.#folders), ...modelInputs(this.plan)],
        outputs: this.plan.output === '' ? [] : [outputOf(this.plan, added)],
      }),
    )
  }

  #runFacets(): Facets {
    return {
      processing_engine: engine,
      ...parentIn(this.job.parent),
      ...(this.#failed
        ? { errorMessage: facet('ErrorMessageRunFacet', { message: this.#message(), programmingLanguage: 'JavaScript' }) }
        : {}),
      ...(this.#summary ? { tiastream_run: ownRunFacet(sumsOf(this.#summary)) } : {}),
    }
  }

  #message(): string {
    const { code, message } = recordOf(this.#error)
    return `${code}: ${plainText(message)}`
  }
}

/** Of `namespace/job/run id`; nothing where it has another form. */
export function parentIn(written: string | undefined): Facets {
  const [, namespace, name, runId] = /^(.+)\/([^/]+)\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i.exec(written?.trim() ?? '') ?? []
  return namespace && name && runId ? { parent: facet('ParentRunFacet', { run: { runId }, job: { namespace, name } }) } : {}
}

const jobNameOf = ({ file, output }: Plan): string => (file === undefined ? nameIn(output) || 'tiastream' : path.parse(file).name)

/** Of the slides by how they ended; the codes of what failed, and how often. */
function sumsOf({ status, slides, rows, unreadable, unanswered, seconds, device, failures }: RunSummary) {
  const codes: Record<string, number> = {}
  for (const { error } of failures) codes[error.code] = (codes[error.code] ?? 0) + 1
  return { status, slides, rows, unreadable, unanswered, seconds, device, failures: codes }
}
