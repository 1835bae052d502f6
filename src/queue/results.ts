/** What the queue reads and writes beside the results of a run: its frozen file, receipts, and what a run leaves there before it starts. */

import type { SlideRef } from '../core/slide.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import { keepTypes } from '../pipeline/store/carried-types.js'
import { successFile } from '../pipeline/store/layout.js'
import { mustNotDiffer } from '../pipeline/store/output-differs.js'
import { type Receipt, readReceipt } from '../pipeline/store/receipts.js'
import { state } from '../pipeline/store/result-store.js'
import { keepSlides } from '../pipeline/store/slide-list.js'
import { sayDifference, stateOf } from '../pipeline/store/state.js'
import { storeOf } from '../pipeline/store/store-of.js'
import { joinOutput, planName } from '../pipeline/store/worker.js'

const nameOf = (run: string): string => `${state}/queue/${run}.json`

export const writeFrozen = (output: string, run: string, text: string): Promise<void> => storeOf(output).replace(nameOf(run), text)

/** Null where there is none. */
export const readFrozen = (output: string, run: string): Promise<string | null> =>
  storeOf(output)
    .read(nameOf(run))
    .then((bytes) => bytes && `${bytes}`)

export const receiptOf = (output: string, slide: string): Promise<Receipt | null> => readReceipt(storeOf(output), slide)

/** As a run does before it starts: results of other options stay as they are. Throws OUTPUT_DIFFERS, OUTPUT_BUSY, SinkError. What to tell. */
export async function prepareOutput(plan: Plan, slides: readonly SlideRef[]): Promise<readonly string[]> {
  const store = storeOf(plan.output)
  await store.prepare()
  const worker = await joinOutput(store, plan)
  try {
    const before = await store.read(planName)
    await mustNotDiffer(store, plan, each(slides), async () => sayDifference(parsed(before), stateOf(plan)))
    const told = await keepTypes(store, plan, false)
    if (await keepSlides(store, each(slides))) await store.remove(successFile)
    await worker.claim()
    return told
  } finally {
    await worker.leave()
  }
}

async function* each(slides: readonly SlideRef[]): AsyncGenerator<SlideRef> {
  yield* slides
}

function parsed(bytes: Buffer | null): unknown {
  try {
    return JSON.parse(`${bytes}`)
  } catch {
    return null
  }
}
