/** The Writable every sink is: it takes batches of any length and hands them on in batches of its own, at the pace of the disk. */

import { Writable } from 'node:stream'
import type { Batch } from '../../core/batch.js'
import { concatOf, sliceOf } from '../../core/rearrange.js'

export interface BatchWriter {
  /** Rows handed to `write` at once, but for the last ones: at most this many and one batch more are held, whatever the number of rows. */
  readonly every: number
  readonly write: (batch: Batch) => Promise<void>
  /** After the last batch: the footer, fsync, close. */
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
  /** All that is held, joined, in whole batches; what is left over stays, unless nothing more comes. */
  const drain = async (last: boolean) => {
    if (rows === 0) return
    const all = concatOf(held)
    const end = last ? rows : rows - (rows % every)
    held = end < rows ? [sliceOf(all, end, rows)] : []
    rows -= end
    for (let at = 0; at < end; at += every) await write(sliceOf(all, at, Math.min(at + every, end)))
  }
  const sink = new Writable({
    objectMode: true,
    // A batch may be large: none waits beside the one that is written.
    highWaterMark: 1,
    write(batch: Batch, _encoding, done) {
      held.push(batch)
      rows += batch.length
      if (rows < every) done()
      else drain(false).then(() => done(), done)
    },
    final(done) {
      drain(true)
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
