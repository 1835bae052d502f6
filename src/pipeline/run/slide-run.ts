/** One slide, from its reference to its receipt. */

import { randomBytes } from 'node:crypto'
import { withoutSecrets } from '../../core/address.js'
import { isFullDisk, ownerOf, slideRecordOf } from '../../core/owners.js'
import type { SlideRef } from '../../core/slide.js'
import { sinkErrorOf } from '../../sinks/common/file.js'
import { sinksFingerprint } from '../plan/fingerprint.js'
import type { Plan } from '../plan/plan-type.js'
import { tiastreamVersion } from '../plan/version.js'
import { commit } from '../store/commit.js'
import { successFile } from '../store/layout.js'
import { type Receipt, receiptName, receiptSchema, seeReceipt, swapReceipt } from '../store/receipts.js'
import type { Header, ResultStore } from '../store/result-store.js'
import { whyAgain } from '../store/why-again.js'
import { causeOf, type Evidence, evidenceOf } from './evidence.js'
import type { SlideRun } from './run-context.js'
import type { SlideSums } from './run-events.js'
import { openSinks } from './sink-files.js'
import { flowSlide, type Outlet } from './slide-flow.js'
import { Tally } from './tally.js'

/** A run whose results are kept. */
export interface StoredRun extends SlideRun {
  readonly store: ResultStore
}

/**
 * Runs one slide. Its receipt when it was done or failed; null when an earlier run has done it (`redo`: it is done again). Throws only what ends the whole run: what
 * `core/owners.ts` says is the run's.
 */
export async function runSlide(ref: SlideRef, run: StoredRun, redo: boolean): Promise<Receipt | null> {
  const { plan, tell, store } = run
  const attempt = randomBytes(6).toString('hex')
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
    ...(run.crew.library === null ? {} : { library: run.crew.library }),
  } as const
  const seen = await seeReceipt(store, ref.id)
  const done = seen.receipt
  let evidence: Evidence | null = null
  try {
    await store.mustBeFree(receiptName(ref.id))
    evidence = await evidenceOf(ref, plan, run.signal)
    const { identity, reference } = evidence
    if (done?.status === 'done' && !redo) {
      const why = await whyAgain(done, { ...base, identity, reference }, store)
      if (why === null) {
        await store.removeJournals(ref.id)
        tell({ type: 'slide.skipped', slide: ref.id, rows: done.rows })
        return null
      }
      tally.tell({ type: 'warning', code: 'MADE_AGAIN', message: `${ref.id} is made again: ${why}` })
    }
    for (const message of run.crew.warnings) tally.keep(message)
    // What is said of all slides is true no more.
    await store.remove(successFile)
    tell({ type: 'slide.start', slide: ref.id, uri: base.uri })
    const journal = await store.openJournal(ref.id, attempt, plan.mergedColumns, headerOf({ ...base, reference, identity }))
    if (journal.anew !== null) {
      const message = `the rows that an earlier run made of ${ref.id} are not taken up: ${journal.anew}`
      tally.tell({ type: 'warning', code: 'JOURNAL_ANEW', message })
    }
    const outlet: Outlet = { journal, open: (...given) => openSinks(store, attempt, madeBy(run), ...given) }
    const flow = await flowSlide(ref, evidence, run, outlet, tally).finally(() => journal.close())
    const seconds = (performance.now() - began) / 1000
    const receipt = await commit(
      store,
      flow.finished,
      {
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
        ...tally.about,
      },
      seen.bytes,
    )
    await store.discard(attempt)
    // Somebody may have gathered meanwhile.
    await store.remove(successFile)
    if (receipt === null) {
      tell({ type: 'slide.skipped', slide: ref.id, rows: flow.rows })
      return null
    }
    await store.removeJournals(ref.id)
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
    if (ownerOf(error) === 'run') throw isFullDisk(error) ? sinkErrorOf(error, store.place) : error
    const record = slideRecordOf(await causeOf(error, evidence, ref, plan, run.signal), ref)
    // Rows of two contents may be in it.
    if (record.code === 'SLIDE_CHANGED') await store.removeJournals(ref.id)
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
      ...tally.about,
      error: record,
    }
    await swapReceipt(store, seen.bytes, receipt).catch((lost: unknown) => {
      // The next run will find no receipt, and do the slide again.
      if (ownerOf(lost) === 'run') throw lost
    })
    await store.remove(successFile)
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
