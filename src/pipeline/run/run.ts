/** Runs a plan: slides side by side through the crew's lanes, each to its receipt; then the summary. */

import path from 'node:path'
import { isAddress } from '../../core/address.js'
import { PipelineError, recordOf } from '../../core/errors.js'
import { gatherCohort } from '../cohort/gather.js'
import type { Plan } from '../plan/plan-type.js'
import { keepTypes } from '../store/carried-types.js'
import { forgetNumbers } from '../store/kept-numbers.js'
import { cohortFile, successFile } from '../store/layout.js'
import { type Shard, takeLock } from '../store/lock.js'
import { leftoversOf, mustNotDiffer, sayLeftovers, sayMade } from '../store/output-differs.js'
import { type ResultStore, state } from '../store/result-store.js'
import { isEverySlideEnded, keepSlides } from '../store/slide-list.js'
import { sayDifference, stateOf } from '../store/state.js'
import { storeOf } from '../store/store-of.js'
import { mustFit, type TakenTask } from '../tasks/take.js'
import type { RunSummary, TellRun } from './run-events.js'
import { openRunner } from './runner.js'
import { runSlides, stopOn } from './side-by-side.js'
import { type Part, slidesOf } from './slides-of.js'
import { Summary } from './summary.js'

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly onEvent?: TellRun
  /** Do slides again that other options or an earlier run have done. */
  readonly redo?: boolean
  /** Only the slides of this shard. */
  readonly shard?: Shard
  /** Where results lie until they are in a bucket; by default TIASTREAM_SCRATCH, or a folder in the system's one for temporary files. */
  readonly scratch?: string
  /** Only the slides of this task: see `takeTask`. */
  readonly task?: TakenTask
}

/**
 * Runs a plan and writes its files. Resolves with the summary, also when slides failed or the signal stopped it. Throws
 * PipelineError (OUTPUT_DIFFERS; OPTION_MISSING for a plan without sinks), ModelError, SinkError or Bug; everything committed stays.
 */
export async function runPipeline(plan: Plan, options: RunOptions = {}): Promise<RunSummary> {
  mustHaveSinks(plan)
  const unfit = options.task ? await mustFit(plan, options.task) : []
  const tell: TellRun = options.onEvent ?? (() => undefined)
  const store = storeOf(plan.output, { scratch: options.scratch })
  await store.prepare()
  const lock = isAddress(store.place) ? { release: async () => undefined } : await takeLock(path.join(store.place, state), shareOf(options))
  try {
    const finished = options.redo
      ? []
      : await mustNotDiffer(store, plan, slidesOf(plan, options), () => differenceFrom(store, plan, options))
    if (options.redo) await forgetNumbers(store)
    const columns = await keepTypes(store, plan, options.redo === true)
    if (await keepSlides(store, slidesOf(plan))) await store.remove(successFile)
    await store.replace(stateName('plan', options), `${JSON.stringify(stateOf(plan), null, 2)}\n`)
    const began = performance.now()
    const sum = new Summary()
    let failure: { error: unknown } | undefined
    const stop = stopOn(options.signal)
    const runner = await openRunner(plan, { store, onEvent: tell, signal: stop.signal })
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
      options.signal?.aborted === true || failure !== undefined,
    )
    const stored = failure ? { ...summary, error: recordOf(failure.error) } : summary
    await store.replace(stateName('run', options), `${JSON.stringify(stored, null, 2)}\n`).catch((error) => {
      failure ??= { error }
    })
    if (failure) throw failure.error
    if (summary.status !== 'stopped') await gatherAtEnd(store, summary, options, tell)
    tell({ type: 'run.end', summary })
    return summary
  } finally {
    await lock.release()
  }
}

/** What is said of all slides is made anew when something has changed; of a run of a part by the one that ends last. */
async function gatherAtEnd(store: ResultStore, { slides }: RunSummary, { shard, task, signal }: RunOptions, tell: TellRun): Promise<void> {
  if (slides.done + slides.failed === 0 && (await store.size(successFile)) !== null) return
  if ((shard || task) && !(await isEverySlideEnded(store))) return
  try {
    const { warnings } = await gatherCohort(store, signal ? { signal } : {})
    for (const message of warnings) tell({ type: 'warning', code: 'COHORT', message })
  } catch (error) {
    if (signal?.aborted) return
    // The slides are done: what is in the way of a table of them all is no reason to say that the run has failed.
    if (!(error instanceof PipelineError)) throw error
    tell({ type: 'warning', code: 'COHORT', message: `there is no ${cohortFile}: ${error.message}${error.hint ? ` (${error.hint})` : ''}` })
  }
}

function mustHaveSinks({ sinks }: Plan): void {
  if (sinks.length > 0) return
  throw new PipelineError('OPTION_MISSING', 'this pipeline has no sinks, and a run writes files', {
    hint: 'give definePipeline sinks and output, or take the rows of the plan from streamRows',
  })
}

/** How the options differ from those that filled the output, in words. */
async function differenceFrom(store: ResultStore, plan: Plan, part: Part): Promise<string> {
  return sayDifference(await readState(store, part), stateOf(plan))
}

/** Tasks of one set share an output as shards of one count do. */
const shareOf = ({ shard, task }: Part): Shard | undefined => (task ? { index: task.task, count: task.of, set: task.set } : shard)

/** Shards and tasks run side by side: each has its own. */
function stateName(name: string, { shard, task }: Part): string {
  const part = task ? `.task-${task.task}-of-${task.of}` : shard ? `.${shard.index}-of-${shard.count}` : ''
  return `${state}/${name}${part}.json`
}

async function readState(store: ResultStore, part: Part): Promise<unknown> {
  const bytes = await store.read(stateName('plan', part))
  try {
    return JSON.parse(`${bytes}`)
  } catch {
    return null
  }
}
