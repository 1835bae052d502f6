/** The Writable every table sink is: it takes rows one by one and hands them on in batches, at the pace of the disk. */

import { Writable } from 'node:stream'
import type { Row } from '../../core/row.js'

export interface RowWriter {
  /** Rows handed to `write` at once: at most this many are held, whatever the number of rows. */
  readonly every: number
  readonly write: (rows: readonly Row[]) => Promise<void>
  /** After the last batch: the footer, fsync, close. */
  readonly finish: () => Promise<void>
  /** Lets go of what is open, also after an error; may come after `finish`. */
  readonly close: () => Promise<void>
  /** How many rows are in the file so far, where some are left out. */
  readonly used?: () => number
}

/** Of a sink that leaves rows out. */
export const usedBy = (sink: Writable): number | undefined => (sink as { used?: () => number }).used?.()

export function rowSink({ every, write, finish, close, used }: RowWriter): Writable {
  let rows: Row[] = []
  const drain = async () => {
    const batch = rows
    rows = []
    if (batch.length > 0) await write(batch)
  }
  const sink = new Writable({
    objectMode: true,
    write(row: Row, _encoding, done) {
      rows.push(row)
      if (rows.length < every) done()
      else drain().then(() => done(), done)
    },
    final(done) {
      drain()
        .then(finish)
        .then(() => done(), done)
    },
    destroy(error, done) {
      rows = []
      close().then(
        () => done(error),
        // The first error is the one that tells why.
        (closing) => done(error ?? closing),
      )
    },
  })
  return used ? Object.assign(sink, { used }) : sink
}
