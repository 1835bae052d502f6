/** Runs a plan: slides side by side through the crew's lanes, each to its receipt; then the summary. */

import { aFlag, aFunction, anObject, aSignal, aText, type Kind, mustBeOptions, someTexts } from '../../core/argument.js'
import { PipelineError, recordOf } from '../../core/errors.js'
import { gatherAfter } from '../cohort/gather.js'
import { mustBePlan } from '../plan/must-be-plan.js'
import type { Plan } from '../plan/plan-type.js'
import { beginOutput } from '../store/begin-output.js'
import { successFile } from '../store/layout.js'
import { leftoversOf, sayLeftovers, sayMade } from '../store/output-differs.js'
import { type ResultStore, state } from '../store/result-store.js'
import { isEverySlideEnded } from '../store/slide-list.js'
import { storeOf } from '../store/store-of.js'
import { sweep } from '../store/sweep.js'
import type { Times } from '../store/watch.js'
import { joinOutput, type Worker } from '../store/worker.js'
import { mustFit, type TakenTask } from '../tasks/take.js'
import { Listener } from './listener.js'
import type { RunSummary, TellRun } from './run-events.js'
import { openRunner } from './runner.js'
import { aShard, type Shard } from './shard.js'
import { runSlides, stopOn } from './side-by-side.js'
import { type Part, slidesBeside, slidesOf } from './slides-of.js'
import { Summary } from './summary.js'

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  /** Is not waited for. What it throws, or rejects with, ends the run as the signal does, and the run throws it. */
  readonly onEvent?: TellRun | undefined
  /** Do slides again that other options or an earlier run have done. */
  readonly redo?: boolean | undefined
  /** Only the slides of this shard. */
  readonly shard?: Shard | undefined
  /** Where results lie until they are in a bucket; by default TIASTREAM_SCRATCH, or a folder in the system's one for temporary files. */
  readonly scratch?: string | undefined
  /** Only the slides of this task: see `takeTask`. */
  readonly task?: TakenTask | undefined
  /** Only the slides of these ids; with `redo` they are made again. Finished slides beside them must be of the same options. */
  readonly only?: readonly string[] | undefined
  /** How often other processes on the output hear of this one, and after how long a silence they take its slides over; 10 s and a minute unless given. */
  readonly times?: Times | undefined
}

const optionKinds = {
  signal: aSignal,
  onEvent: aFunction,
  redo: aFlag,
  shard: aShard,
  scratch: aText,
  task: anObject,
  only: someTexts,
  times: anObject,
} satisfies Record<keyof RunOptions, Kind>

/**
 * Runs a plan and writes its files; several processes may do so on one output, each slide is done by one of them. Resolves with the summary, also when slides
 * failed or the signal stopped it. Throws PipelineError (OUTPUT_DIFFERS; OPTION_MISSING for a plan without sinks), ModelError, SinkError or
 * Bug; everything committed stays. In a worker thread of yours it is stopped by its signal: `terminate()` while a model computes takes the process down.
 */
export async function runPipeline(plan: Plan, options: RunOptions = {}): Promise<RunSummary> {
  mustBePlan('runPipeline', plan)
  mustBeOptions('runPipeline', options, optionKinds)
  mustBeOnePart(options)
  mustHaveSinks(plan)
  const listener = new Listener(options)
  try {
    return await runHeard(plan, { ...options, signal: listener.signal }, listener.tell)
  } finally {
    listener.close()
  }
}

async function runHeard(plan: Plan, options: RunOptions & { readonly signal: AbortSignal }, tell: TellRun): Promise<RunSummary> {
  const unfit = options.task ? await mustFit(plan, options.task) : []
  const store = await storeOf(plan.output, { scratch: options.scratch })
  await store.prepare()
  const worker = await join(store, plan, options, tell)
  if (worker === null) {
    const summary = new Summary().finish(null, {}, 0, true)
    tell({ type: 'run.end', summary })
    return summary
  }
  let isWhole = false
  try {
    const { finished, columns } = await beginOutput(store, worker, plan, {
      all: () => slidesOf(plan),
      own: () => (options.only ? slidesBeside(plan, options) : slidesOf(plan, options)),
      redo: options.redo === true && options.only === undefined,
    })
    const began = performance.now()
    const sum = new Summary()
    let failure: { error: unknown } | undefined
    const stop = stopOn(options.signal)
    const runner = await openRunner(plan, { store, worker, onEvent: tell, signal: stop.signal })
    try {
      tell({
        type: 'run.start',
        output: plan.output,
        lanes: runner.lanes,
        device: runner.device,
        precision: runner.precision,
        fingerprint: plan.provenance.fingerprint,
      })
      const leftovers = await leftoversOf(store, slidesOf(plan))
      sum.leave(leftovers)
      const stays = [...unfit, ...columns, ...sayLeftovers(leftovers), ...sayMade(finished, runner)]
      for (const message of [...plan.warnings, ...runner.warnings, ...stays]) tell({ type: 'warning', code: 'RUN', message })
      failure = await runSlides(plan, runner, { ...options, stop }, tell, sum)
    } finally {
      await runner.close()
    }
    const summary = sum.finish(
      runner.device,
      runner.usage(),
      (performance.now() - began) / 1000,
      options.signal.aborted || failure !== undefined,
    )
    const stored = failure ? { ...summary, error: recordOf(failure.error) } : summary
    await store.replace(runName(options), `${JSON.stringify(stored, null, 2)}\n`).catch((error) => {
      failure ??= { error }
    })
    if (failure) throw failure.error
    if (summary.status !== 'stopped' && sum.nothing !== undefined) tell({ type: 'warning', code: 'NO_ROWS', message: sum.nothing })
    if (summary.status !== 'stopped') await gatherAtEnd(store, summary, options, tell)
    isWhole = summary.status === 'done' && !isPart(options)
    tell({ type: 'run.end', summary })
    return summary
  } finally {
    // What stays is removed by the next run.
    await sweep(store, worker, isWhole).catch(() => undefined)
    await worker.leave().catch(() => undefined)
  }
}

/** Null when it was stopped while it waited. */
async function join(store: ResultStore, plan: Plan, { signal, times }: RunOptions, tell: TellRun): Promise<Worker | null> {
  try {
    return await joinOutput(store, plan, {
      ...(signal ? { signal } : {}),
      ...(times ? { times } : {}),
      waits: (message) => tell({ type: 'warning', code: 'RUN', message }),
    })
  } catch (error) {
    if (signal?.aborted) return null
    throw error
  }
}

/** What is said of all slides is made anew when something has changed; of a run of a part by the one that ends last. */
async function gatherAtEnd(store: ResultStore, { slides }: RunSummary, options: RunOptions, tell: TellRun): Promise<void> {
  if (slides.done + slides.failed === 0 && (await store.size(successFile)) !== null) return
  if (isPart(options) && !(await isEverySlideEnded(store))) return
  try {
    await gatherAfter(store, (message) => tell({ type: 'warning', code: 'COHORT', message }), options.signal)
  } catch (error) {
    if (!options.signal?.aborted) throw error
  }
}

function mustHaveSinks({ sinks }: Plan): void {
  if (sinks.length > 0) return
  throw new PipelineError('OPTION_MISSING', 'this pipeline has no sinks, and a run writes files', {
    hint: 'give definePipeline sinks and output, or take the rows of the plan from streamRows',
  })
}

/** Of two, one would be passed over without a word. */
function mustBeOnePart({ shard, task, only }: Part): void {
  const given = Object.entries({ shard, task, only }).flatMap(([name, value]) => (value ? [name] : []))
  if (given.length < 2) return
  throw new PipelineError('OPTION_INVALID', `runPipeline takes one of shard, task and only, and is given ${given.join(' and ')}`, {
    hint: 'each says by itself which slides a run takes',
  })
}

const isPart = ({ shard, task, only }: Part): boolean => Boolean(shard || task || only)

/** Shards and tasks run side by side: each has its own. */
function runName({ shard, task, only }: Part): string {
  const part = task ? `.task-${task.task}-of-${task.of}` : shard ? `.${shard.index}-of-${shard.count}` : only ? '.only' : ''
  return `${state}/run${part}.json`
}
