/** What the queue reads and writes beside the results of a run: its frozen file, receipts, and what a run leaves there before it starts. */

import type { SlideRef } from '../core/slide.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import { beginOutput } from '../pipeline/store/begin-output.js'
import { type Receipt, readReceipt } from '../pipeline/store/receipts.js'
import { state } from '../pipeline/store/result-store.js'
import { storeOf } from '../pipeline/store/store-of.js'
import { joinOutput } from '../pipeline/store/worker.js'

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
    const { columns } = await beginOutput(store, worker, plan, { all: () => each(slides), own: () => each(slides), redo: false })
    return columns
  } finally {
    await worker.leave()
  }
}

async function* each(slides: readonly SlideRef[]): AsyncGenerator<SlideRef> {
  yield* slides
}
