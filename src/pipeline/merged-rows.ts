/** The rows of one slide as `merge` gives them: those of an interrupted run from its journal, then fresh ones, journaled band by band. */

import type { Row } from '../core/row.js'
import type { Stage, StageContext } from '../core/stage.js'
import { streamOf } from './chain.js'
import type { Answered } from './in-order.js'
import type { Journal } from './journal.js'

/** `merge` is asked about one batch at a time: it keeps nothing between them, so that a band has all its rows when it ends. */
export async function* mergedRows(
  answered: AsyncIterable<Answered>,
  merge: Stage<'batch', 'row'>,
  ctx: StageContext,
  journal: Journal,
): AsyncGenerator<Row> {
  yield* journal.replay()
  const held: Row[] = []
  for await (const { batch, ends } of answered) {
    for await (const row of merge(streamOf([batch]), ctx)) held.push(row)
    if (!ends) continue
    // Rows go on only after their band is safe: what has been published is never inferred again.
    await journal.append(held, ends.through)
    ends.written()
    yield* held.splice(0)
  }
}
