/** Receipts of slides that no worker could end: all of them were lost, or could not write one. So that no slide is missing without a word. */

import { withoutSecrets } from '../core/address.js'
import { type ErrorRecord, recordOf, SlideError } from '../core/errors.js'
import { failedReceipt, seeReceipt, swapReceipt } from '../pipeline/store/receipts.js'
import { storeOf } from '../pipeline/store/store-of.js'
import type { Job } from './engine/engine.js'
import { isLost, recordIn } from './failure.js'
import type { RunRecord, SlideJob, SlideProgress } from './jobs.js'
import { lostAfter } from './put.js'

/** Writes the receipt of a slide that failed in the queue, unless there is one of this run. Its error. */
export async function settleFailed(record: RunRecord, job: Job<SlideJob>): Promise<ErrorRecord> {
  const error = errorOf(job)
  const { slide, ref } = job.data
  const store = await storeOf(record.output)
  const { fingerprint, sinks } = record
  for (;;) {
    const { bytes, receipt: there } = await seeReceipt(store, slide)
    const ofRun = there !== null && there.fingerprint === fingerprint && (there.status === 'failed' || there.sinks === sinks)
    if (ofRun && !isLost(job.failedReason)) return there.error ?? error
    // Its last worker was lost after it had published everything.
    if (ofRun && there.status === 'done') return error
    const receipt = failedReceipt({ slide, uri: withoutSecrets(ref?.uri ?? ''), fingerprint, sinks }, error, there)
    if (await swapReceipt(store, bytes, receipt)) return error
  }
}

function errorOf(job: Job<SlideJob>): ErrorRecord {
  const { slide } = job.data
  const { worker } = (typeof job.progress === 'object' ? job.progress : {}) as Partial<SlideProgress>
  if (!isLost(job.failedReason)) {
    const known = recordIn(job.failedReason) ?? { code: 'BUG', message: job.failedReason }
    return { family: 'SlideError', ...known, at: { slide } }
  }
  const last = worker === undefined ? '' : `, the last one was ${worker}`
  return recordOf(
    new SlideError('WORKER_LOST', `${slide}: each of ${lostAfter} workers that took it was lost${last}`, {
      hint: 'was it killed for its memory? look there (dmesg, the log of the scheduler), then: tiastream retry --queue …',
      at: { slide },
    }),
  )
}
