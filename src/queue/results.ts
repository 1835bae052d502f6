/** What the queue reads and writes beside the results of a run: its frozen file, receipts, and what a run leaves there before it starts. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from '../core/make-folder.js'
import type { SlideRef } from '../core/slide.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import { keepTypes } from '../pipeline/store/carried-types.js'
import { makeInside } from '../pipeline/store/inside.js'
import { mustNotDiffer } from '../pipeline/store/output-differs.js'
import { type Receipt, readReceipt, stateFolder, writeReceipt, writeShared } from '../pipeline/store/receipts.js'
import { sayDifference, stateOf } from '../pipeline/store/state.js'
import { writing } from '../sinks/common/file.js'

const fileOf = (output: string, run: string): string => path.join(stateFolder(output), 'queue', `${run}.json`)

export const writeFrozen = (output: string, run: string, text: string): Promise<void> => writeShared(fileOf(output, run), text)

/** Null where there is none. */
export const readFrozen = (output: string, run: string): Promise<string | null> => readFile(fileOf(output, run), 'utf8').catch(() => null)

export const receiptOf = (output: string, slide: string): Promise<Receipt | null> => readReceipt(output, slide)

export const keepReceipt = (output: string, receipt: Receipt): Promise<void> => writeReceipt(output, receipt)

/** As a run does before it starts: results of other options stay as they are. Throws OUTPUT_DIFFERS, SinkError. What to tell. */
export async function prepareOutput(plan: Plan, refs: AsyncIterable<SlideRef>): Promise<readonly string[]> {
  const { output } = plan
  await writing(output, () => makeFolder(output))
  for (const name of ['receipts', 'journal', 'queue']) await makeInside(output, path.join(stateFolder(output), name))
  const state = path.join(stateFolder(output), 'plan.json')
  const before = await readFile(state, 'utf8')
    .then(JSON.parse)
    .catch(() => null)
  await mustNotDiffer(plan, refs, async () => sayDifference(before, stateOf(plan)))
  const told = await keepTypes(plan, false)
  await writeShared(state, `${JSON.stringify(stateOf(plan), null, 2)}\n`)
  return told
}
