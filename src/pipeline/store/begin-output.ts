/** What is asked of an output, and left there, before the first slide of a run or of a run in a queue. */

import type { SlideRef } from '../../core/slide.js'
import type { Plan } from '../plan/plan-type.js'
import { keepTypes } from './carried-types.js'
import { forgetNumbers } from './kept-numbers.js'
import { planIn, successFile } from './layout.js'
import { type Made, mustNotDiffer } from './output-differs.js'
import type { ResultStore } from './result-store.js'
import { keepSlides } from './slide-list.js'
import { sayDifference, stateOf } from './state.js'
import { planName, type Worker } from './worker.js'

export interface Cohort {
  /** All slides of the source, and those that are to be run; each time anew. */
  all(): AsyncIterable<SlideRef>
  own(): AsyncIterable<SlideRef>
  readonly redo: boolean
}

export interface Begun {
  /** In what finished slides were made. */
  readonly finished: readonly Made[]
  /** What to tell of the columns of the list. */
  readonly columns: readonly string[]
}

/** Results of other options stay as they are: throws OUTPUT_DIFFERS, OUTPUT_BUSY, SinkError. */
export async function beginOutput(store: ResultStore, worker: Worker, plan: Plan, { all, own, redo }: Cohort): Promise<Begun> {
  const finished = redo ? [] : await mustNotDiffer(store, plan, own(), () => differenceFrom(store, plan))
  if (redo) await forgetNumbers(store)
  const columns = await keepTypes(store, plan, redo)
  if (await keepSlides(store, all())) await store.remove(successFile)
  await worker.claim()
  return { finished, columns }
}

/** How the options differ from those that filled the output, in words. */
async function differenceFrom(store: ResultStore, plan: Plan): Promise<string> {
  return sayDifference(await planIn(store, planName), stateOf(plan))
}
