/** The rows of one slide as `merge` gives them: those of an interrupted run from its journal, then fresh ones, journaled band by band. */

import type { PatchBatch } from '../core/items.js'
import type { Row } from '../core/row.js'
import type { Stage, StageContext } from '../core/stage.js'
import type { Answered } from './in-order.js'
import type { Journal } from './journal.js'

/** After this many rows of the merge, every patch with an ordinal below `through` is in them. */
interface Mark {
  readonly rows: number
  readonly through: number
}

export async function* mergedRows(
  answered: AsyncIterable<Answered>,
  merge: Stage<'batch', 'row'>,
  ctx: StageContext,
  journal: Journal,
): AsyncGenerator<Row> {
  yield* journal.replay()
  const marks: Mark[] = []
  let given = 0
  const batches = async function* (): AsyncGenerator<PatchBatch> {
    for await (const { batch, through } of answered) {
      given += batch.patches.length
      if (through !== undefined) marks.push({ rows: given, through })
      if (batch.patches.length > 0) yield batch
    }
  }
  let taken = 0
  let held: Row[] = []
  for await (const row of merge(batches(), ctx)) {
    taken++
    held.push(row)
    // The row goes on only after its band is safe: what has been published is never inferred again.
    if (marks.length > 0 && marks[0]!.rows === taken) {
      await journal.append(held, lastThrough(marks, taken))
      yield* held
      held = []
    }
  }
  if (marks.length > 0) await journal.append(held, marks.at(-1)!.through)
  yield* held
}

/** Takes the marks that end at this row: several when bands gave no rows. */
function lastThrough(marks: Mark[], taken: number): number {
  let through = 0
  while (marks.length > 0 && marks[0]!.rows === taken) through = marks.shift()!.through
  return through
}
