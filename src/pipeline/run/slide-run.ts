/** One slide, from its reference to its receipt. */

import { withoutSecrets } from '../../core/address.js'
import { isFullDisk, ownerOf, slideRecordOf } from '../../core/owners.js'
import type { SlideRef } from '../../core/slide.js'
import { sinkErrorOf } from '../../sinks/common/file.js'
import { sinksFingerprint } from '../plan/fingerprint.js'
import { tiastreamVersion } from '../plan/version.js'
import { commit, mustBeFree } from '../store/commit.js'
import { type Header, openJournal, removeJournal } from '../store/journal.js'
import { type Receipt, readReceipt, receiptFile, receiptSchema, writeReceipt } from '../store/receipts.js'
import { whyAgain } from '../store/why-again.js'
import { causeOf, type Evidence, evidenceOf } from './evidence.js'
import type { SlideRun } from './run-context.js'
import type { SlideSums } from './run-events.js'
import { openSinks } from './sink-files.js'
import { flowSlide, type Outlet } from './slide-flow.js'
import { Tally } from './tally.js'

/**
 * Runs one slide. Its receipt when it was done or failed; null when an earlier run has done it (`redo`: it is done again). Throws only what ends the whole run: what
 * `core/owners.ts` says is the run's.
 */
export async function runSlide(ref: SlideRef, run: SlideRun, redo: boolean): Promise<Receipt | null> {
  const { plan, tell } = run
  const began = performance.now()
  const tally = new Tally((code, message) => tell({ type: 'warning', slide: ref.id, code, message }))
  const base = {
    schema: receiptSchema,
    tiastream: tiastreamVersion,
    slide: ref.id,
    uri: withoutSecrets(ref.uri),
    fingerprint: plan.provenance.fingerprint,
    sinks: sinksFingerprint(plan),
    device: run.crew.device,
    precision: run.crew.precision,
  } as const
  const done = await readReceipt(plan.output, ref.id)
  let evidence: Evidence | null = null
  try {
    await mustBeFree(receiptFile(plan.output, ref.id))
    evidence = await evidenceOf(ref, plan, run.signal)
    const { identity, reference } = evidence
    if (done?.status === 'done' && !redo) {
      const why = await whyAgain(done, { ...base, identity, reference }, plan.output)
      if (why === null) {
        await removeJournal(plan.output, ref.id)
        tell({ type: 'slide.skipped', slide: ref.id, rows: done.rows })
        return null
      }
      tally.tell({ type: 'warning', code: 'MADE_AGAIN', message: `${ref.id} is made again: ${why}` })
    }
    for (const message of run.crew.warnings) tally.keep(message)
    tell({ type: 'slide.start', slide: ref.id, uri: base.uri })
    const journal = await openJournal(plan.output, ref.id, plan.mergedColumns, headerOf({ ...base, reference, identity }))
    if (journal.anew !== null) {
      const message = `the rows that an earlier run made of ${ref.id} are not taken up: ${journal.anew}`
      tally.tell({ type: 'warning', code: 'JOURNAL_ANEW', message })
    }
    const outlet: Outlet = { journal, open: (...given) => openSinks(plan, ...given) }
    const flow = await flowSlide(ref, evidence, run, outlet, tally).finally(() => journal.close())
    const seconds = (performance.now() - began) / 1000
    const receipt = await commit(plan.output, flow.finished, {
      ...base,
      status: 'done',
      identity,
      reference,
      rows: flow.rows,
      unreadable: flow.unreadable,
      unanswered: flow.unanswered,
      patches: { resumed: journal.through, asked: flow.asked },
      counts: tally.counts,
      spentMs: tally.spentMs,
      seconds,
      warnings: tally.warnings,
    })
    await removeJournal(plan.output, ref.id)
    tell({
      type: 'slide.done',
      slide: ref.id,
      rows: flow.rows,
      unreadable: flow.unreadable,
      unanswered: flow.unanswered,
      seconds,
      files: receipt.files.map(({ file }) => file),
      ...sumsOf(receipt, tally),
    })
    return receipt
  } catch (error) {
    if (run.signal.aborted) throw error
    if (ownerOf(error) === 'run') throw isFullDisk(error) ? sinkErrorOf(error, plan.output) : error
    const record = slideRecordOf(await causeOf(error, evidence, ref, plan, run.signal), ref)
    // Rows of two contents may be in it.
    if (record.code === 'SLIDE_CHANGED') await removeJournal(plan.output, ref.id)
    const old = done?.status === 'done' ? done.files : (done?.old ?? [])
    if (old.length > 0) {
      const message = `${old.map(({ file }) => file).join(', ')} of ${ref.id} are still those of an earlier run`
      tally.tell({ type: 'warning', code: 'RESULTS_OLD', message })
    }
    const receipt: Receipt = {
      ...base,
      status: 'failed',
      identity: evidence?.identity ?? null,
      reference: evidence?.reference ?? '',
      files: [],
      ...(old.length > 0 ? { old } : {}),
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
    await writeReceipt(plan.output, receipt).catch((lost: unknown) => {
      // The next run will find no receipt, and do the slide again.
      if (ownerOf(lost) === 'run') throw lost
    })
    tell({ type: 'slide.failed', slide: ref.id, error: record, seconds: receipt.seconds, ...sumsOf(receipt, tally) })
    return receipt
  }
}

/** What the outside is told of a slide besides its rows. */
const sumsOf = ({ device, patches, counts, spentMs }: Receipt, { bytesRead }: Tally): SlideSums => ({
  device,
  bytesRead,
  patches,
  counts,
  spentMs,
})

/** What must be the same for the rows of an earlier run to be taken up. */
function headerOf(
  asked: Pick<Receipt, 'fingerprint' | 'reference' | 'tiastream' | 'device' | 'precision'> & Pick<Evidence, 'identity'>,
): Header {
  const { fingerprint, reference, identity, tiastream = '', device, precision = null } = asked
  return { fingerprint: fingerprint + reference, identity, made: { tiastream, device, precision } }
}
