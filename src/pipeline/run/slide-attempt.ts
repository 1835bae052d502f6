/** An attempt at one slide by who holds its lease. */

import { remoteToKeep, withoutSecrets } from '../../core/address.js'
import { isFullDisk, ownerOf, slideRecordOf } from '../../core/owners.js'
import type { SlideRef } from '../../core/slide.js'
import { sinkErrorOf } from '../../sinks/common/file.js'
import { sinksFingerprint } from '../plan/fingerprint.js'
import type { Plan } from '../plan/plan-type.js'
import { tiastreamVersion } from '../plan/version.js'
import { commit } from '../store/commit.js'
import { successFile } from '../store/layout.js'
import { type Lease, LeaseLost } from '../store/lease.js'
import { failedReceipt, oldFilesOf, type Receipt, receiptName, receiptSchema, type Seen, swapReceipt } from '../store/receipts.js'
import { type Header, isJournalGone, type ResultStore } from '../store/result-store.js'
import { whyAgain } from '../store/why-again.js'
import type { Worker } from '../store/worker.js'
import { causeOf, type Evidence, evidenceOf } from './evidence.js'
import { mustBeOurs } from './not-ours.js'
import type { SlideRun } from './run-context.js'
import type { SlideSums } from './run-events.js'
import { openSinks } from './sink-files.js'
import { flowSlide, type Outlet } from './slide-flow.js'
import { Tally } from './tally.js'

/** A run whose results are kept. */
export interface StoredRun extends SlideRun {
  readonly store: ResultStore
  readonly worker: Worker
}

/** What was found out about a finished slide. */
export type Standing =
  /** `why`: it is made again; null: it stays. */
  | { readonly evidence: Evidence; readonly why: string | null }
  /** It cannot even be looked at. */
  | { readonly error: unknown; readonly why: undefined }

/** Whether a finished slide is what would be made now. */
export async function standing(ref: SlideRef, run: StoredRun, done: Receipt): Promise<Standing> {
  try {
    const evidence = await evidenceOf(ref, run.plan, run.signal, done.identity)
    const { identity, reference } = evidence
    return { evidence, why: await whyAgain(done, { ...whatIsMade(ref, run), identity, reference }, run.store) }
  } catch (error) {
    return { error, why: undefined }
  }
}

function whatIsMade(ref: SlideRef, { plan, crew }: StoredRun) {
  const remote = ref.remote && remoteToKeep(ref.remote)
  return {
    schema: receiptSchema,
    tiastream: tiastreamVersion,
    slide: ref.id,
    uri: withoutSecrets(ref.uri),
    ...(remote === undefined ? {} : { remote }),
    ...(ref.root === undefined ? {} : { root: ref.root }),
    fingerprint: plan.provenance.fingerprint,
    sinks: sinksFingerprint(plan),
    device: crew.device,
    precision: crew.precision,
    ...(crew.library === null ? {} : { library: crew.library }),
  } as const
}

/**
 * Its receipt, done or failed; `again` when another has taken the slide, or written its receipt, `gone` when its journal was taken away: what it comes to
 * is to be looked at anew. `seen`: what lay in the place of the receipt. `mayBeGone`: false where a journal that is gone fails the slide.
 */
export async function runAttempt(
  ref: SlideRef,
  whole: StoredRun,
  lease: Lease,
  seen: Seen,
  looked: Standing | null,
  mayBeGone: boolean,
): Promise<Receipt | 'again' | 'gone'> {
  const run: StoredRun = { ...whole, signal: AbortSignal.any([whole.signal, lease.signal]), leaving: whole.leaving ?? whole.signal }
  const { plan, tell, store, worker } = run
  const began = performance.now()
  const tally = new Tally((code, message) => tell({ type: 'warning', slide: ref.id, code, message }))
  const base = { ...whatIsMade(ref, run), worker: worker.id, attempt: lease.attempt }
  const done = seen.receipt
  let evidence: Evidence | null = null
  try {
    await store.mustBeFree(receiptName(ref.id))
    if (looked?.why === undefined && looked) throw looked.error
    evidence = looked?.evidence ?? (await evidenceOf(ref, plan, run.signal, done?.identity))
    const { identity, reference, files } = evidence
    await mustBeOurs(store, plan, ref, evidence, done)
    if (looked?.why) tally.tell({ type: 'warning', code: 'MADE_AGAIN', message: `${ref.id} is made again: ${looked.why}` })
    for (const message of run.crew.warnings) tally.keep(message)
    // What is said of all slides is true no more.
    await store.remove(successFile)
    tell({ type: 'slide.start', slide: ref.id, uri: base.uri })
    const journal = await store.openJournal(ref.id, lease.attempt, plan.mergedColumns, headerOf({ ...base, reference, identity }))
    if (journal.anew !== null) {
      const message = `the rows that an earlier run made of ${ref.id} are not taken up: ${journal.anew}`
      tally.tell({ type: 'warning', code: 'JOURNAL_ANEW', message })
    }
    const outlet: Outlet = { journal, open: (...given) => openSinks(store, lease.attempt, madeBy(run), ...given) }
    const flow = await flowSlide(ref, evidence, run, outlet, tally).catch(async (error: unknown) => {
      await journal.close(true)
      throw error
    })
    await journal.close()
    const seconds = (performance.now() - began) / 1000
    const receipt = await commit(
      store,
      flow.finished,
      {
        ...base,
        status: 'done',
        identity,
        reference,
        ...(files.length === 0 ? {} : { read: files.map(({ sha256 }) => sha256) }),
        rows: flow.rows,
        unreadable: flow.unreadable,
        unanswered: flow.unanswered,
        patches: { resumed: journal.through, asked: flow.asked },
        counts: tally.counts,
        spentMs: tally.spentMs,
        seconds,
        warnings: tally.warnings,
        ...tally.about,
      },
      seen.bytes,
      lease,
    )
    if (receipt === null) throw new LeaseLost(ref.id)
    // Somebody may have gathered meanwhile.
    await store.remove(successFile)
    await store.removeJournals(ref.id)
    tell({
      type: 'slide.done',
      slide: ref.id,
      rows: flow.rows,
      unreadable: flow.unreadable,
      unanswered: flow.unanswered,
      seconds,
      files: receipt.files.map(({ file }) => file),
      ...sumsOf(receipt, tally.bytesRead),
    })
    return receipt
  } catch (error) {
    if (whole.signal.aborted) throw error
    // A worker without a lease finds its drafts gone, its journal, anything: none of that is the slide's.
    if (error instanceof LeaseLost || !(await lease.held().catch(() => true))) {
      const message = `another has taken ${ref.id} over, since nothing was heard of this process for long`
      tell({ type: 'warning', slide: ref.id, code: 'LEASE_LOST', message })
      return 'again'
    }
    if (mayBeGone && isJournalGone(error)) {
      tell({ type: 'warning', slide: ref.id, code: 'JOURNAL_GONE', message: `${ref.id} is begun again: ${error.message}` })
      return 'gone'
    }
    if (ownerOf(error) === 'run') throw isFullDisk(error) ? sinkErrorOf(error, store.place) : error
    const record = slideRecordOf(await causeOf(error, evidence, ref, plan, run.signal), ref)
    // Rows of two contents may be in it.
    if (record.code === 'SLIDE_CHANGED') await store.removeJournals(ref.id)
    const old = oldFilesOf(done)
    if (old.length > 0) {
      const message = `${old.map(({ file }) => file).join(', ')} of ${ref.id} are still those of an earlier run`
      tally.tell({ type: 'warning', code: 'RESULTS_OLD', message })
    }
    const known = {
      ...base,
      identity: evidence?.identity ?? null,
      reference: evidence?.reference ?? '',
      counts: tally.counts,
      spentMs: tally.spentMs,
      seconds: (performance.now() - began) / 1000,
      warnings: tally.warnings,
      ...tally.about,
    }
    const receipt = failedReceipt(known, record, done)
    const isMine = await swapReceipt(store, seen.bytes, receipt).catch((lost: unknown) => {
      // The next run will find no receipt, and do the slide again.
      if (ownerOf(lost) === 'run') throw lost
      return true
    })
    if (!isMine) return 'again'
    await store.remove(successFile)
    tell({ type: 'slide.failed', slide: ref.id, error: record, seconds: receipt.seconds, ...sumsOf(receipt, tally.bytesRead) })
    return receipt
  }
}

/** What the outside is told of a slide besides its rows. */
export const sumsOf = ({ device, patches, counts, spentMs }: Receipt, bytesRead: number): SlideSums => ({
  device,
  bytesRead,
  patches,
  counts,
  spentMs,
})

/** Its tables say by what they were computed. */
function madeBy({ plan, crew: { device, precision } }: SlideRun): Plan {
  if (device === null || precision === null) return plan
  return { ...plan, provenance: { ...plan.provenance, computed: { device, precision } } }
}

/** What must be the same for the rows of an earlier run to be taken up. */
function headerOf(
  asked: Pick<Receipt, 'fingerprint' | 'reference' | 'tiastream' | 'device' | 'precision' | 'library'> & Pick<Evidence, 'identity'>,
): Header {
  const { fingerprint, reference, identity, tiastream = '', device, precision = null, library } = asked
  return {
    fingerprint: fingerprint + reference,
    identity,
    made: { tiastream, device, precision, ...(library === undefined ? {} : { library }) },
  }
}
