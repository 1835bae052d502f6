/** Receipts of slides that no worker could end: all of them were lost, or could not write one. So that no slide is missing without a word. */

import { withoutSecrets } from '../core/address.js'
import { type ErrorRecord, recordOf, SlideError } from '../core/errors.js'
import { tiastreamVersion } from '../pipeline/plan/version.js'
import { type Receipt, receiptSchema } from '../pipeline/store/receipts.js'
import type { Job } from './engine/engine.js'
import { isLost, recordIn } from './failure.js'
import type { RunRecord, SlideJob, SlideProgress } from './jobs.js'
import { lostAfter } from './put.js'
import { keepReceipt, receiptOf } from './results.js'

/** Writes the receipt of a slide that failed in the queue, unless there is one of this run. Its error. */
export async function settleFailed(record: RunRecord, job: Job<SlideJob>): Promise<ErrorRecord> {
  const error = errorOf(job)
  const there = await receiptOf(record.output, job.data.slide)
  const ofRun = there !== null && there.fingerprint === record.fingerprint && (there.status === 'failed' || there.sinks === record.sinks)
  if (ofRun && !isLost(job.failedReason)) return there.error ?? error
  // Its last worker was lost after it had published everything.
  if (ofRun && there.status === 'done') return error
  await keepReceipt(record.output, receiptFor(record, job, error, there))
  return error
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

function receiptFor(record: RunRecord, { data }: Job<SlideJob>, error: ErrorRecord, before: Receipt | null): Receipt {
  const old = before?.status === 'done' ? before.files : (before?.old ?? [])
  return {
    schema: receiptSchema,
    tiastream: tiastreamVersion,
    slide: data.slide,
    uri: withoutSecrets(data.ref?.uri ?? ''),
    status: 'failed',
    fingerprint: record.fingerprint,
    sinks: record.sinks,
    reference: '',
    identity: null,
    files: [],
    ...(old.length > 0 ? { old } : {}),
    rows: 0,
    unreadable: 0,
    unanswered: 0,
    patches: { resumed: 0, asked: 0 },
    counts: {},
    spentMs: {},
    device: null,
    seconds: 0,
    warnings: [],
    error,
  }
}
