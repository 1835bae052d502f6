/** The last job of a run: no slide of it is without a receipt, and its results are put together. */

import { ahead } from '../flow/ahead.js'
import { gatherAfter } from '../pipeline/cohort/gather.js'
import { readReceipt, receiptsAtOnce } from '../pipeline/store/receipts.js'
import { storeOf } from '../pipeline/store/store-of.js'
import type { Engine } from './engine/engine.js'
import { readRun } from './frozen.js'
import type { RunEnd, RunRecord, SlideJob } from './jobs.js'
import { settleFailed } from './lost.js'
import { countsOf, failedIn } from './record.js'

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
  if (failed > 0) for await (const job of failedIn(queue)) await settleFailed(record, job)
  const store = await storeOf(record.output)
  await gatherAfter(store, warn, signal)
  const frozen = await readRun(record.output, record.run)
  const end = { done: 0, failed: 0, rows: 0, unreadable: 0, unanswered: 0 }
  for await (const receipt of ahead(frozen.slides, receiptsAtOnce, ({ id }) => readReceipt(store, id))) {
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
