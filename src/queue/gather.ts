/** The last job of a run: no slide of it is without a receipt, and its results are put together. */

import { PipelineError } from '../core/errors.js'
import { gatherCohort } from '../pipeline/cohort/gather.js'
import { cohortFile } from '../pipeline/store/layout.js'
import type { Engine, Job } from './engine/engine.js'
import { readRun } from './frozen.js'
import type { RunEnd, RunRecord, SlideJob } from './jobs.js'
import { settleFailed } from './lost.js'
import { countsOf } from './record.js'
import { receiptOf } from './results.js'

/** Jobs read from a queue at once. */
const page = 500

/** Null when slides of the run are still to be done: it is too early. */
export async function gather(
  engine: Engine,
  record: RunRecord,
  warn: (message: string) => void,
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const queue = engine.queue<SlideJob>(record.queue)
  const { waiting, delayed, active, failed } = await countsOf(queue)
  if (waiting + delayed + active > 0) return null
  for (let from = 0; from < failed; from += page) {
    for (const job of await queue.getFailed(from, from + page - 1)) if (job) await settleFailed(record, job as Job<SlideJob>)
  }
  await together(record.output, warn, signal)
  const frozen = await readRun(record.output, record.run)
  const end = { done: 0, failed: 0, rows: 0, unreadable: 0, unanswered: 0 }
  for (const { id } of frozen.slides) {
    const receipt = await receiptOf(record.output, id)
    if (receipt?.status !== 'done') {
      end.failed++
      continue
    }
    end.done++
    end.rows += receipt.rows
    end.unreadable += receipt.unreadable
    end.unanswered += receipt.unanswered
  }
  return end
}

/** The table of all slides, the manifest, `_SUCCESS`. What is in their way is no reason to say that the run has failed. */
async function together(output: string, warn: (message: string) => void, signal: AbortSignal): Promise<void> {
  try {
    const { warnings } = await gatherCohort(output, { signal })
    for (const message of warnings) warn(message)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    warn(`there is no ${cohortFile}: ${error.message}${error.hint ? ` (${error.hint})` : ''}`)
  }
}
