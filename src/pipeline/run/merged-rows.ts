/** The rows of one slide as `merge` gives them: those of an interrupted run from its journal, then fresh ones, journaled band by band. */

import type { Row } from '../../core/row.js'
import type { Stage, StageContext } from '../../core/stage.js'
import type { Journal } from '../store/journal.js'
import { streamOf } from './chain.js'
import type { Answered } from './in-order.js'

interface Band {
  readonly rows: readonly Row[]
  readonly safe: Promise<void>
  readonly written: () => void
}

/**
 * `merge` is asked about one batch at a time: it keeps nothing between them, so that a band has all its rows when it ends.
 *
 * Rows go on only after their band is safe: what has been published is never inferred again. Bands are taken in meanwhile, as many as may
 * be on their way, so that all that are ready share a flush of the disk.
 */
export async function* mergedRows(
  answered: AsyncIterable<Answered>,
  merge: Stage<'batch', 'row'>,
  ctx: StageContext,
  journal: Journal,
): AsyncGenerator<Row> {
  yield* journal.replay()
  const bands: Band[] = []
  let wake: () => void = () => undefined
  let ended = false
  let left = false
  const takeIn = async () => {
    let held: Row[] = []
    for await (const { batch, ends } of answered) {
      for await (const row of merge(streamOf([batch]), ctx)) held.push(row)
      if (left) return
      if (!ends) continue
      const safe = journal.append(held, ends.through)
      // Whoever takes the band is told; nobody may.
      safe.catch(() => undefined)
      bands.push({ rows: held, safe, written: ends.written })
      held = []
      wake()
    }
  }
  const taken = takeIn().finally(() => {
    ended = true
    wake()
  })
  taken.catch(() => undefined)
  try {
    for (;;) {
      const band = bands.shift()
      if (band) {
        await band.safe
        band.written()
        yield* band.rows
      } else if (ended) {
        // What ended it is told after all that came before it.
        return await taken
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    // It may wait for a lane: it ends when that answers, or when the slide is given up.
    left = true
  }
}
