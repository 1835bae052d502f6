/** One slide, from its reference to its receipt: looked at, taken, run, given back. */

import type { SlideRef } from '../../core/slide.js'
import type { Held } from '../store/lease.js'
import { type Receipt, receiptName, seeReceipt } from '../store/receipts.js'
import { runAttempt, type StoredRun, standing, sumsOf } from './slide-attempt.js'

export interface HowToRun {
  /** Does it again when it is done. */
  readonly redo: boolean
  /** What a worker beside this one has made, well or not, since this one began, is not made again. */
  readonly together: boolean
}

/** Done or failed; null when it was done before, or by another; or who is at it. */
export type SlideOutcome = Receipt | null | { readonly held: Held }

/** So often a journal may be taken away from under a slide; whatever does so will not leave the next one alone. */
const mostGone = 3

/** Runs one slide, unless another worker has it. Throws only what ends the whole run: what `core/owners.ts` says is the run's. */
export async function runSlide(ref: SlideRef, run: StoredRun, how: HowToRun): Promise<SlideOutcome> {
  let gone = 0
  for (let again = false; ; again = true) {
    const outcome = await tryOnce(ref, run, how, gone < mostGone)
    if (outcome === 'gone') gone++
    else if (outcome !== 'again') {
      // What was added here after the other had cleared them away.
      if (again && outcome === null) await run.store.removeJournals(ref.id)
      return outcome
    }
    run.signal.throwIfAborted()
  }
}

/** `again`: another had it meanwhile. `gone`: its journal was taken away, which it may say unless this is the last try. */
async function tryOnce(ref: SlideRef, run: StoredRun, how: HowToRun, mayBeGone: boolean): Promise<SlideOutcome | 'again' | 'gone'> {
  const { store, worker, tell } = run
  const seen = await seeReceipt(store, ref.id)
  const known = seen.receipt
  if (known && how.together && (known.status === 'failed' || how.redo)) {
    const beside = await worker.beside(known)
    if (typeof beside === 'object') return { held: beside }
    if (beside) return tellOf(known, run)
  }
  const done = known?.status === 'done' ? known : null
  const looked = done && !how.redo ? await standing(ref, run, done) : null
  if (looked?.why === null) {
    tell({ type: 'slide.skipped', slide: ref.id, rows: done!.rows })
    return null
  }
  const lease = await worker.acquire(ref.id, done !== null)
  if (!('release' in lease)) return { held: lease }
  try {
    const now = await store.read(receiptName(ref.id)).catch(() => null)
    // Another was faster.
    if (now === null ? seen.bytes !== null : !(seen.bytes && now.equals(seen.bytes))) return 'again'
    return await runAttempt({ ref, run, lease, seen, looked, mayBeGone })
  } finally {
    await lease.release().catch(() => undefined)
  }
}

/** What another has made while this run is at work. */
function tellOf(receipt: Receipt, { tell }: StoredRun): Receipt | null {
  const { slide, status, rows, error, seconds } = receipt
  if (status === 'done') {
    tell({ type: 'slide.skipped', slide, rows })
    return null
  }
  tell({ type: 'slide.failed', slide, error: error!, seconds, ...sumsOf(receipt, 0) })
  return receipt
}
