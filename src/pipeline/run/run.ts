/** Runs a plan: slides side by side through the crew's lanes, each to its receipt; then the summary. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { PipelineError, recordOf } from '../../core/errors.js'
import { makeFolder } from '../../core/make-folder.js'
import { writing } from '../../sinks/common/file.js'
import type { Plan } from '../plan/plan-type.js'
import { keepTypes } from '../store/carried-types.js'
import { makeInside } from '../store/inside.js'
import { type Shard, takeLock } from '../store/lock.js'
import { leftoversOf, mustNotDiffer, sayLeftovers, sayMade } from '../store/output-differs.js'
import { stateFolder, writeDurably } from '../store/receipts.js'
import { sayDifference, stateOf } from '../store/state.js'
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
  const folder = stateFolder(plan.output)
  await makeFolders(plan.output)
  const lock = await takeLock(folder, shareOf(options))
  try {
    const finished = options.redo ? [] : await mustNotDiffer(plan, slidesOf(plan, options), () => differenceFrom(plan, options))
    const columns = await keepTypes(plan, options.redo === true)
    await writeDurably(stateFile(plan, 'plan', options), `${JSON.stringify(stateOf(plan), null, 2)}\n`)
    const began = performance.now()
    const sum = new Summary()
    let failure: { error: unknown } | undefined
    const stop = stopOn(options.signal)
    const runner = await openRunner(plan, { onEvent: tell, signal: stop.signal })
    try {
      tell({ type: 'run.start', output: plan.output, lanes: runner.lanes, device: runner.device, fingerprint: plan.provenance.fingerprint })
      const leftovers = await leftoversOf(plan, slidesOf(plan))
      sum.leave(leftovers)
      const stays = [...unfit, ...columns, ...sayLeftovers(leftovers), ...sayMade(finished, runner)]
      for (const message of [...plan.warnings, ...runner.warnings, ...stays]) tell({ type: 'warning', code: 'RUN', message })
      failure = await runSlides(plan, runner, { ...options, stop }, tell, sum)
    } finally {
      await runner.close()
    }
    const summary = sum.finish(runner.device, (performance.now() - began) / 1000, options.signal?.aborted === true || failure !== undefined)
    const stored = failure ? { ...summary, error: recordOf(failure.error) } : summary
    await writeDurably(stateFile(plan, 'run', options), `${JSON.stringify(stored, null, 2)}\n`).catch((error) => {
      failure ??= { error }
    })
    if (failure) throw failure.error
    tell({ type: 'run.end', summary })
    return summary
  } finally {
    await lock.release()
  }
}

function mustHaveSinks({ sinks }: Plan): void {
  if (sinks.length > 0) return
  throw new PipelineError('OPTION_MISSING', 'this pipeline has no sinks, and a run writes files', {
    hint: 'give definePipeline sinks and output, or take the rows of the plan from streamRows',
  })
}

/** How the options differ from those that filled the output, in words. */
async function differenceFrom(plan: Plan, part: Part): Promise<string> {
  return sayDifference(await readState(plan, part), stateOf(plan))
}

/** Tasks of one set share an output as shards of one count do. */
const shareOf = ({ shard, task }: Part): Shard | undefined => (task ? { index: task.task, count: task.of, set: task.set } : shard)

/** Shards and tasks run side by side: each has its own. */
function stateFile(plan: Plan, name: string, { shard, task }: Part): string {
  const part = task ? `.task-${task.task}-of-${task.of}` : shard ? `.${shard.index}-of-${shard.count}` : ''
  return path.join(stateFolder(plan.output), `${name}${part}.json`)
}

async function readState(plan: Plan, part: Part): Promise<unknown> {
  return readFile(stateFile(plan, 'plan', part), 'utf8')
    .then(JSON.parse)
    .catch(() => null)
}

/** The output folder, and those of the receipts and journals in it. */
async function makeFolders(output: string): Promise<void> {
  await writing(output, () => makeFolder(output))
  for (const name of ['receipts', 'journal']) await makeInside(output, path.join(stateFolder(output), name))
}
