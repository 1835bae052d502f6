/** One slide, from its reference to its receipt. */

import { isFullDisk, ownerOf, slideRecordOf } from '../core/owners.js'
import type { SlideIdentity, SlideRef } from '../core/slide.js'
import { sinkErrorOf } from '../sinks/common/file.js'
import { withoutSecrets } from '../sinks/common/metadata.js'
import { commit } from './commit.js'
import type { Crew } from './crew.js'
import { sinksFingerprint, slideFingerprint } from './fingerprint.js'
import { identify } from './identify.js'
import { openJournal, removeJournal } from './journal.js'
import type { Plan } from './plan-type.js'
import { filesAreThere, type Receipt, readReceipt, sameIdentity, writeReceipt } from './receipts.js'
import type { TellRun } from './run-events.js'
import { flowSlide } from './slide-flow.js'
import { Tally } from './tally.js'

export interface SlideRun {
  readonly plan: Plan
  readonly crew: Crew
  readonly tell: TellRun
  /** Do it again even where a receipt says it is done. */
  readonly redo: boolean
  /** Of the whole run. */
  readonly signal: AbortSignal
}

/**
 * Runs one slide. Its receipt when it was done or failed; null when an earlier run has done it. Throws only what ends the whole run: what
 * `core/owners.ts` says is the run's.
 */
export async function runSlide(ref: SlideRef, run: SlideRun): Promise<Receipt | null> {
  const { plan, tell } = run
  const began = performance.now()
  const tally = new Tally((code, message) => tell({ type: 'warning', slide: ref.id, code, message }))
  const base = {
    schema: 'tiastream-receipt/1',
    slide: ref.id,
    uri: withoutSecrets(ref.uri),
    fingerprint: plan.provenance.fingerprint,
    sinks: sinksFingerprint(plan),
    reference: slideFingerprint(ref),
    device: run.crew.device,
  } as const
  let identity: SlideIdentity | null = null
  try {
    identity = await identify(ref, run.signal)
    const done = run.redo ? null : await readReceipt(plan.output, ref.id)
    if (done && (await stillGood(done, { ...base, identity }, plan.output))) {
      await removeJournal(plan.output, ref.id)
      tell({ type: 'slide.skipped', slide: ref.id, rows: done.rows })
      return null
    }
    tell({ type: 'slide.start', slide: ref.id, uri: ref.uri })
    const journal = await openJournal(plan.output, ref.id, plan.mergedColumns, { fingerprint: base.fingerprint + base.reference, identity })
    const flow = await flowSlide(ref, run, journal, tally)
    const seconds = (performance.now() - began) / 1000
    const receipt = await commit(plan.output, flow.finished, {
      ...base,
      status: 'done',
      identity,
      rows: flow.rows,
      unreadable: flow.unreadable,
      unanswered: flow.unanswered,
      patches: { resumed: journal.through, asked: flow.asked },
      counts: tally.counts,
      spentMs: tally.spentMs,
      seconds,
      warnings: tally.warnings,
    })
    await journal.remove()
    tell({
      type: 'slide.done',
      slide: ref.id,
      rows: flow.rows,
      unreadable: flow.unreadable,
      unanswered: flow.unanswered,
      seconds,
      files: receipt.files.map(({ file }) => file),
    })
    return receipt
  } catch (error) {
    if (run.signal.aborted) throw error
    if (ownerOf(error) === 'run') throw isFullDisk(error) ? sinkErrorOf(error, plan.output) : error
    const record = slideRecordOf(error, ref)
    const receipt: Receipt = {
      ...base,
      status: 'failed',
      identity,
      files: [],
      rows: 0,
      unreadable: 0,
      unanswered: 0,
      patches: { resumed: 0, asked: 0 },
      counts: tally.counts,
      spentMs: tally.spentMs,
      seconds: (performance.now() - began) / 1000,
      warnings: tally.warnings,
      error: record,
    }
    await writeReceipt(plan.output, receipt)
    tell({ type: 'slide.failed', slide: ref.id, error: record })
    return receipt
  }
}

type Asked = Pick<Receipt, 'fingerprint' | 'sinks' | 'reference' | 'identity'>

/** True when the receipt is of the rows and files that are asked for now, and they are there. */
async function stillGood(done: Receipt, asked: Asked, output: string): Promise<boolean> {
  return (
    done.status === 'done' &&
    done.fingerprint === asked.fingerprint &&
    done.sinks === asked.sinks &&
    done.reference === asked.reference &&
    sameIdentity(done.identity, asked.identity) &&
    (await filesAreThere(output, done))
  )
}
