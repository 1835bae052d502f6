/** What the queue reads and writes beside the results of a run: its frozen file, receipts, and what a run leaves there before it starts. */

import type { SlideRef } from '../core/slide.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import { beginOutput } from '../pipeline/store/begin-output.js'
import { type Receipt, readReceipt } from '../pipeline/store/receipts.js'
import { state } from '../pipeline/store/result-store.js'
import { storeOf } from '../pipeline/store/store-of.js'
import { joinOutput } from '../pipeline/store/worker.js'

const nameOf = (run: string): string => `${state}/queue/${run}.json`

export const writeFrozen = async (output: string, run: string, text: string): Promise<void> =>
  (await storeOf(output)).replace(nameOf(run), text)

/** Null where there is none. */
export async function readFrozen(output: string, run: string): Promise<string | null> {
  const bytes = await (await storeOf(output)).read(nameOf(run))
  return bytes && `${bytes}`
}

export const receiptOf = async (output: string, slide: string): Promise<Receipt | null> => readReceipt(await storeOf(output), slide)

/** As a run does before it starts: results of other options stay as they are. Throws OUTPUT_DIFFERS, OUTPUT_BUSY, SinkError. What to tell. */
export async function prepareOutput(plan: Plan, slides: readonly SlideRef[]): Promise<readonly string[]> {
  const store = await storeOf(plan.output)
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
