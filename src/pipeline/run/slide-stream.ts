/** One slide whose rows are handed over as they come: nothing is written, and nothing is there to be taken up. */

import { withoutSecrets } from '../../core/address.js'
import type { Batch } from '../../core/batch.js'
import { ownerOf, slideRecordOf } from '../../core/owners.js'
import type { SlideRef } from '../../core/slide.js'
import { Handover } from '../../flow/handover.js'
import type { Journal } from '../store/result-store.js'
import { causeOf, type Evidence, evidenceOf } from './evidence.js'
import type { SlideRun } from './run-context.js'
import { flowSlide, type Outlet } from './slide-flow.js'
import type { Outcome } from './summary.js'
import { Tally } from './tally.js'

export interface SlideStream {
  readonly slide: string
  /** In order. They end when the slide does, well or not. */
  readonly batches: Handover<Batch>
  /** What became of it. Rejects only with what ends all of the stream. */
  readonly outcome: Promise<Outcome>
}

/** Begins at once, and is held back as long as nobody takes its rows. */
export function streamSlide(ref: SlideRef, run: SlideRun): SlideStream {
  const batches = new Handover<Batch>()
  const outcome = outcomeOf(ref, run, batches).finally(() => batches.destroy())
  // Its turn to be told comes with its rows.
  outcome.catch(() => undefined)
  return { slide: ref.id, batches, outcome }
}

const noJournal: Journal = {
  through: 0,
  rows: 0,
  anew: null,
  async *replay() {},
  append: async () => undefined,
  close: async () => undefined,
}

async function outcomeOf(ref: SlideRef, run: SlideRun, batches: Handover<Batch>): Promise<Outcome> {
  const { plan, tell, signal } = run
  const began = performance.now()
  const tally = new Tally((code, message) => tell({ type: 'warning', slide: ref.id, code, message }))
  const sinks = { writables: [batches], finished: async () => [], discard: async () => undefined }
  const outlet: Outlet = { journal: noJournal, open: async () => sinks }
  const of = { slide: ref.id, counts: tally.counts, spentMs: tally.spentMs }
  const sums = () => ({ device: run.crew.device, bytesRead: tally.bytesRead, counts: tally.counts, spentMs: tally.spentMs })
  let evidence: Evidence | null = null
  try {
    evidence = await evidenceOf(ref, plan, signal)
    tell({ type: 'slide.start', slide: ref.id, uri: withoutSecrets(ref.uri) })
    const { rows, unreadable, unanswered, asked } = await flowSlide({ ref, evidence, run, outlet, tally })
    const seconds = (performance.now() - began) / 1000
    const patches = { resumed: 0, asked }
    tell({ type: 'slide.done', slide: ref.id, rows, unreadable, unanswered, seconds, files: [], ...sums(), patches })
    return { ...of, status: 'done', rows, unreadable, unanswered, patches }
  } catch (thrown) {
    if (signal.aborted || ownerOf(thrown) === 'run') throw thrown
    const error = slideRecordOf(await causeOf(thrown, evidence, ref, plan, signal), ref)
    const patches = { resumed: 0, asked: 0 }
    tell({ type: 'slide.failed', slide: ref.id, error, seconds: (performance.now() - began) / 1000, ...sums(), patches })
    return { ...of, status: 'failed', rows: 0, unreadable: 0, unanswered: 0, patches, error }
  }
}
