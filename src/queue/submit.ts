/** Puts a run into a queue: its plan frozen, its slides listed once, the largest first. Again with the same plan it adds what is missing. */

import { randomBytes } from 'node:crypto'
import os from 'node:os'
import { withoutSecrets } from '../core/address.js'
import { PipelineError } from '../core/errors.js'
import { userName } from '../core/host/user.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import { type Weighed, weighedSlides } from '../pipeline/tasks/weigh.js'
import type { Engine } from './engine/engine.js'
import { isSayable } from './engine/sayable.js'
import type { WaitOptions } from './free.js'
import { type AskedRun, freeze, secretIn, thaw, writeRun } from './frozen.js'
import type { RunRecord, SlideJob } from './jobs.js'
import { deviceClass, queueName, runId } from './names.js'
import { put } from './put.js'
import { registerOf } from './record.js'
import { prepareOutput } from './results.js'

export interface SubmitOptions extends Omit<AskedRun, 'device'>, WaitOptions {
  /** Slides at work at once, on all workers together. */
  readonly atMost?: number
  /** Milliseconds before the second try of a slide; later ones wait longer. */
  readonly retryAfter?: number
  readonly signal?: AbortSignal
}

export interface Submitted {
  readonly record: RunRecord
  /** The run begins with this; else it is under way, or nothing was to be added. */
  readonly begun: boolean
  readonly slides: number
  /** Done before. */
  readonly done: number
  /** Put into the queue now, and those that were in it. */
  readonly added: number
  readonly there: number
  /** Of those added: what cannot be read now, with the code. */
  readonly unreadable: readonly { readonly id: string; readonly error: string }[]
  /** Failed in the queue before: they stay so. */
  readonly failed: number
  readonly warnings: readonly string[]
}

/** Throws PipelineError: OUTPUT_DIFFERS, RUN_DIFFERS; QueueError; SinkError. */
export async function submit(engine: Engine, plan: Plan, options: SubmitOptions): Promise<Submitted> {
  const { run, signal } = options
  const slides = await weighedSlides(plan, signal)
  const told = await prepareOutput(
    plan,
    slides.map(({ ref }) => ref),
  )
  const device = deviceClass(plan.devices[0] ?? 'cpu')
  const frozen = await freeze(plan, { ...options, device }, slides)
  // Nobody may have edited the file meanwhile, and workers must come to the same plan.
  const thawed = await thaw(frozen)
  if (thawed.provenance.fingerprint !== plan.provenance.fingerprint) {
    throw new PipelineError('RUN_DIFFERS', `${plan.file} was edited while it was submitted`, { hint: 'submit it again' })
  }
  // Those of another device were refused with the output.
  const done = new Set(slides.flatMap(({ id, isDone }) => (isDone ? [id] : [])))
  const asked: RunRecord = {
    run,
    queue: queueName(run, device),
    device,
    output: plan.output,
    pipeline: frozen.pipeline,
    fingerprint: frozen.fingerprint,
    sinks: frozen.sinks,
    tiastream: frozen.tiastream,
    slides: slides.length,
    before: done.size,
    by: `${userName()}@${os.hostname()}`,
    at: new Date().toISOString(),
  }
  const register = registerOf(engine)
  await mustBeSame(await register.getJob(runId(run)), asked)
  await writeRun(frozen)
  const traceparent = process.env.TRACEPARENT ?? `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
  const missing = slides.filter(({ id }) => !done.has(id)).map((slide): SlideJob => jobOf(run, slide, traceparent))
  const { record, begun, added, there, failed } = await put(engine, asked, missing, { ...options, done: done.size })
  const unread = slides.filter(({ id, bytes }) => bytes === null && added.has(id))
  return {
    record,
    begun,
    slides: slides.length,
    done: done.size,
    added: added.size,
    there,
    failed,
    unreadable: unread.map(({ id, error = '' }) => ({ id, error })),
    warnings: [...plan.warnings, ...told],
  }
}

/** Of a slide with a secret, in a further column of the list too, a worker asks the list: so of one with many pictures, or with what a queue cannot hold. */
export function jobOf(run: string, { ref, id, bytes }: Pick<Weighed, 'ref' | 'id' | 'bytes'>, traceparent: string): SlideJob {
  const isOpen = [ref.uri, ref.mask ?? ''].every((uri) => withoutSecrets(uri) === uri) && secretIn(JSON.stringify(ref)) === undefined
  const plain = ref.images === undefined && isOpen && isSayable(ref)
  return { run, slide: id, bytes, traceparent, ...(plain ? { ref } : {}) }
}

/** Throws RUN_DIFFERS when the queue has a run of this name that is another. */
async function mustBeSame(there: { readonly data: RunRecord } | undefined, asked: RunRecord): Promise<void> {
  if (!there) return
  const { data: before } = there
  const how = [
    ...(before.output === asked.output ? [] : [`its output is ${before.output}`]),
    ...(before.tiastream === asked.tiastream ? [] : [`it is of tiastream ${before.tiastream}, and this is ${asked.tiastream}`]),
    ...(before.fingerprint === asked.fingerprint ? [] : [`its options, model or columns are others (${before.pipeline})`]),
    ...(before.sinks === asked.sinks ? [] : ['its sinks are others']),
    ...(before.device === asked.device ? [] : [`its device is ${before.device}`]),
  ]
  if (how.length === 0) return
  throw new PipelineError(
    'RUN_DIFFERS',
    `the queue has another run ${asked.run}, submitted by ${before.by} at ${before.at}: ${how.join('; ')}`,
    {
      hint: `give this one another name with --name, or take the other away: tiastream cancel --queue … ${asked.run}`,
    },
  )
}
