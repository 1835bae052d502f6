/**
 * The Writable every sink is: it takes batches of any length and hands on so many rows at once as its format wants, at the pace of the disk.
 * The words of a category are numbered in the order they occur: so no byte follows from how the rows came.
 */

import { Writable } from 'node:stream'
import type { Batch } from '../../core/batch.js'
import { giveBack } from '../../core/batches/lent.js'
import { sliceOf, wordsInOrder } from '../../core/batches/rearrange.js'

export interface BatchWriter {
  /** Rows handed to `write` at once, but for the last ones: at most this many and one batch more are held, whatever the number of rows. */
  readonly every: number
  /** The next rows, in pieces as they came: nothing was copied to join them, and their vectors are gone when this has ended. Which rows come together depends on `every` alone. */
  readonly write: (pieces: readonly Batch[], rows: number) => Promise<void>
  /** After the last rows: the footer, fsync, close. */
  readonly finish: () => Promise<void>
  /** Lets go of what is open, also after an error; may come after `finish`. */
  readonly close: () => Promise<void>
  /** How many rows are in the file so far, where some are left out. */
  readonly used?: () => number
}

/** Of a sink that leaves rows out. */
export const usedBy = (sink: Writable): number | undefined => (sink as { used?: () => number }).used?.()

export function batchSink({ every, write, finish, close, used }: BatchWriter): Writable {
  let held: Batch[] = []
  let rows = 0
  /** The batches that came, and how many of their rows are not written. */
  const lent: { readonly batch: Batch; left: number }[] = []
  const next = async () => {
    const count = Math.min(every, rows)
    rows -= count
    const [pieces, rest] = parted(held, count)
    held = rest
    await write(pieces.map(wordsInOrder), count)
    for (let written = count; lent[0]; ) {
      const taken = Math.min(lent[0].left, written)
      lent[0].left -= taken
      written -= taken
      if (lent[0].left > 0) break
      giveBack(lent.shift()!.batch)
    }
  }
  const drain = async (least: number) => {
    while (rows >= least) await next()
  }
  const sink = new Writable({
    objectMode: true,
    // A batch may be large: none waits beside the one that is written.
    highWaterMark: 1,
    write(batch: Batch, _encoding, done) {
      if (batch.length > 0) held.push(batch)
      lent.push({ batch, left: batch.length })
      rows += batch.length
      if (rows < every) done()
      else drain(every).then(() => done(), done)
    },
    final(done) {
      drain(1)
        .then(finish)
        .then(() => done(), done)
    },
    destroy(error, done) {
      held = []
      close().then(
        () => done(error),
        // The first error is the one that tells why.
        (closing) => done(error ?? closing),
      )
    },
  })
  return used ? Object.assign(sink, { used }) : sink
}

/** The first `count` rows of some batches, which have so many, and the rest. */
function parted(batches: readonly Batch[], count: number): [Batch[], Batch[]] {
  const pieces: Batch[] = []
  let left = count
  for (const [i, batch] of batches.entries()) {
    if (batch.length > left) {
      if (left > 0) pieces.push(sliceOf(batch, 0, left))
      return [pieces, [sliceOf(batch, left, batch.length), ...batches.slice(i + 1)]]
    }
    pieces.push(batch)
    left -= batch.length
  }
  return [pieces, []]
}
