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
import { type Header, isJournalGone, type Journal, type ResultStore } from '../store/result-store.js'
import { whyAgain } from '../store/why-again.js'
import type { Worker } from '../store/worker.js'
import { causeOf, type Evidence, evidenceOf } from './evidence.js'
import { mustBeOurs } from './not-ours.js'
import type { SlideRun } from './run-context.js'
import type { SlideSums } from './run-events.js'
import { openSinks } from './sink-files.js'
import { flowSlide, type Outlet, type SlideFlow } from './slide-flow.js'
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

export interface AttemptAsked {
  readonly ref: SlideRef
  readonly run: StoredRun
  readonly lease: Lease
  /** What lay in the place of the receipt. */
  readonly seen: Seen
  /** Of a slide that was finished before. */
  readonly looked: Standing | null
  /** False where a journal that is gone fails the slide. */
  readonly mayBeGone: boolean
}

/**
 * Its receipt, done or failed; `again` when another has taken the slide, or written its receipt, `gone` when its journal was taken away: what it comes to
 * is to be looked at anew.
 */
export async function runAttempt(asked: AttemptAsked): Promise<Receipt | 'again' | 'gone'> {
  const attempt = new Attempt(asked)
  try {
    return await attempt.make()
  } catch (error) {
    return attempt.failed(error)
  }
}

class Attempt {
  readonly #asked: AttemptAsked
  /** Of this slide alone: it ends with its lease, too. */
  readonly #run: StoredRun
  readonly #began = performance.now()
  readonly #tally: Tally
  readonly #base: ReturnType<typeof whatIsMade> & Pick<Receipt, 'worker' | 'attempt'>
  #evidence: Evidence | null = null

  constructor(asked: AttemptAsked) {
    const { ref, run, lease } = asked
    this.#asked = asked
    this.#run = { ...run, signal: AbortSignal.any([run.signal, lease.signal]), leaving: run.leaving ?? run.signal }
    this.#tally = new Tally((code, message) => run.tell({ type: 'warning', slide: ref.id, code, message }))
    this.#base = { ...whatIsMade(ref, run), worker: run.worker.id, attempt: lease.attempt }
  }

  /** From looking at the slide to its commit. */
  async make(): Promise<Receipt> {
    const { ref, seen, looked, lease } = this.#asked
    const { plan, tell, store, signal } = this.#run
    const tally = this.#tally
    await store.mustBeFree(receiptName(ref.id))
    if (looked?.why === undefined && looked) throw looked.error
    const evidence = looked?.evidence ?? (await evidenceOf(ref, plan, signal, seen.receipt?.identity))
    this.#evidence = evidence
    await mustBeOurs(store, plan, ref, evidence, seen.receipt)
    if (looked?.why) tally.tell({ type: 'warning', code: 'MADE_AGAIN', message: `${ref.id} is made again: ${looked.why}` })
    for (const message of this.#run.crew.warnings) tally.keep(message)
    // What is said of all slides is true no more.
    await store.remove(successFile)
    tell({ type: 'slide.start', slide: ref.id, uri: this.#base.uri })
    const journal = await this.#openJournal(evidence)
    const asked = { store, attempt: lease.attempt, plan: madeBy(this.#run) }
    const outlet: Outlet = { journal, open: (open) => openSinks({ ...asked, ...open }) }
    const flow = await flowSlide({ ref, evidence, run: this.#run, outlet, tally }).catch(async (error: unknown) => {
      await journal.close(true)
      throw error
    })
    await journal.close()
    const receipt = await commit(store, flow.finished, this.#doneReceipt(evidence, flow, journal.through), seen.bytes, lease)
    if (receipt === null) throw new LeaseLost(ref.id)
    // Somebody may have gathered meanwhile.
    await store.remove(successFile)
    await store.removeJournals(ref.id)
    const { rows, unreadable, unanswered, seconds } = receipt
    const files = receipt.files.map(({ file }) => file)
    tell({ type: 'slide.done', slide: ref.id, rows, unreadable, unanswered, seconds, files, ...sumsOf(receipt, tally.bytesRead) })
    return receipt
  }

  async #openJournal({ identity, reference }: Evidence): Promise<Journal> {
    const { ref, lease } = this.#asked
    const { store, plan } = this.#run
    const header = headerOf({ ...this.#base, reference, identity })
    const journal = await store.openJournal(ref.id, lease.attempt, plan.mergedColumns, header)
    if (journal.anew !== null) {
      const message = `the rows that an earlier run made of ${ref.id} are not taken up: ${journal.anew}`
      this.#tally.tell({ type: 'warning', code: 'JOURNAL_ANEW', message })
    }
    return journal
  }

  /** `resumed`: patches of which the journal had the rows. */
  #doneReceipt({ identity, reference, files }: Evidence, flow: SlideFlow, resumed: number): Omit<Receipt, 'files'> {
    return {
      ...this.#base,
      status: 'done',
      identity,
      reference,
      ...(files.length === 0 ? {} : { read: files.map(({ sha256 }) => sha256) }),
      rows: flow.rows,
      unreadable: flow.unreadable,
      unanswered: flow.unanswered,
      patches: { resumed, asked: flow.asked },
      ...this.#counted(),
    }
  }

  /** What was counted and told by now. */
  #counted() {
    const { counts, spentMs, warnings, about } = this.#tally
    return { counts, spentMs, seconds: (performance.now() - this.#began) / 1000, warnings, ...about }
  }

  /** Throws what is the run's. */
  async failed(error: unknown): Promise<Receipt | 'again' | 'gone'> {
    const { ref, run, lease, mayBeGone } = this.#asked
    if (run.signal.aborted) throw error
    // A worker without a lease finds its drafts gone, its journal, anything: none of that is the slide's.
    if (error instanceof LeaseLost || !(await lease.held().catch(() => true))) {
      const message = `another has taken ${ref.id} over, since nothing was heard of this process for long`
      run.tell({ type: 'warning', slide: ref.id, code: 'LEASE_LOST', message })
      return 'again'
    }
    if (mayBeGone && isJournalGone(error)) {
      run.tell({ type: 'warning', slide: ref.id, code: 'JOURNAL_GONE', message: `${ref.id} is begun again: ${error.message}` })
      return 'gone'
    }
    if (ownerOf(error) === 'run') throw isFullDisk(error) ? sinkErrorOf(error, run.store.place) : error
    return this.#failReceipt(error)
  }

  async #failReceipt(error: unknown): Promise<Receipt | 'again'> {
    const { ref, seen } = this.#asked
    const { plan, tell, store, signal } = this.#run
    const record = slideRecordOf(await causeOf(error, this.#evidence, ref, plan, signal), ref)
    // Rows of two contents may be in it.
    if (record.code === 'SLIDE_CHANGED') await store.removeJournals(ref.id)
    const old = oldFilesOf(seen.receipt)
    if (old.length > 0) {
      const message = `${old.map(({ file }) => file).join(', ')} of ${ref.id} are still those of an earlier run`
      this.#tally.tell({ type: 'warning', code: 'RESULTS_OLD', message })
    }
    const { identity = null, reference = '' } = this.#evidence ?? {}
    const receipt = failedReceipt({ ...this.#base, identity, reference, ...this.#counted() }, record, seen.receipt)
    const isMine = await swapReceipt(store, seen.bytes, receipt).catch((lost: unknown) => {
      // The next run will find no receipt, and do the slide again.
      if (ownerOf(lost) === 'run') throw lost
      return true
    })
    if (!isMine) return 'again'
    await store.remove(successFile)
    tell({ type: 'slide.failed', slide: ref.id, error: record, seconds: receipt.seconds, ...sumsOf(receipt, this.#tally.bytesRead) })
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
