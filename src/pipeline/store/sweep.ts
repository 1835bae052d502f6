/** What dead workers left in an output, and nobody can need. */

import { leasedSlides, leaseName, readLease } from './lease.js'
import { readReceipt } from './receipts.js'
import type { ResultStore } from './result-store.js'
import { workerName, workersOf } from './watch.js'
import type { Worker } from './worker.js'

/**
 * At the end of a run. `whole`: all slides of the output are done, so that nobody has anything left to do; then the counter of a worker that has no
 * lease goes, too, also when nobody knows whether it lives: a living one makes it again.
 */
export async function sweep(store: ResultStore, worker: Worker, whole: boolean): Promise<void> {
  // Before the leases: an attempt makes its lease first, so one that has none by now is over.
  const attempts = await store.attempts()
  const holders = new Set<string>()
  const held = new Set<string>()
  for (const slide of await leasedSlides(store)) {
    const lease = await readLease(store, slide)
    // It is just being made, or given back: whose drafts are whose is not known.
    if (lease === null) return
    const receipt = await readReceipt(store, slide)
    const committed = receipt?.attempt === lease.attempt
    // Its worker died right after the commit, or before it saw that the slide was done.
    if (receipt?.status === 'done' && (committed || !lease.again)) {
      await store.removeJournals(slide)
      await store.remove(leaseName(slide))
    } else if (committed) await store.remove(leaseName(slide))
    else {
      held.add(lease.attempt)
      holders.add(lease.worker)
    }
  }
  // Who gathers has no lease: it may be at it beside us.
  const mayLive = (attempt: string) => held.has(attempt) || (!whole && attempt.startsWith('gather-'))
  for (const attempt of attempts) if (!mayLive(attempt)) await store.discard(attempt)
  for (const other of await workersOf(store)) {
    if (other === worker.id || holders.has(other)) continue
    if (whole || (await worker.watch.look(other)).life === 'dead') await store.remove(workerName(other))
  }
}
