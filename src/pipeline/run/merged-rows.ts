/** The rows of one slide as `merge` gives them: those of an interrupted run from its journal, then fresh ones, journaled band by band. */

import type { Batch } from '../../core/batch.js'
import type { Journal } from '../store/result-store.js'
import type { Answered } from './in-order.js'

interface Band {
  readonly batches: readonly Batch[]
  readonly through: number
  readonly safe: Promise<void>
  readonly written: () => void
}

/**
 * Rows go on only after their band is safe: what has been published is never inferred again. Bands are taken in meanwhile, as many as may
 * be on their way, so that all that are ready share a flush of the disk. `isSafe` is told of each band: its rows, and the patches up to its end.
 */
export async function* mergedRows(
  answered: AsyncIterable<Answered>,
  journal: Journal,
  isSafe: (rows: number, through: number) => void = () => undefined,
): AsyncGenerator<Batch> {
  yield* journal.replay()
  const bands: Band[] = []
  let wake: () => void = () => undefined
  let ended = false
  let left = false
  const takeIn = async () => {
    let held: Batch[] = []
    for await (const { batch, ends } of answered) {
      if (batch) held.push(batch)
      if (left) return
      if (!ends) continue
      const safe = journal.append(held, ends.through)
      // Whoever takes the band is told; nobody may.
      safe.catch(() => undefined)
      bands.push({ batches: held, through: ends.through, safe, written: ends.written })
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
        isSafe(
          band.batches.reduce((rows, { length }) => rows + length, 0),
          band.through,
        )
        yield* band.batches
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
