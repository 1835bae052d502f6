/** A sink that is open in another thread: the Writable that stands for it here. */

import { Writable } from 'node:stream'
import type { Batch, ColumnData } from '../../core/batch.js'
import { giveBack } from '../../core/batches/lent.js'

export interface SinkElsewhere {
  readonly open: () => Promise<unknown>
  readonly write: (batch: Batch) => Promise<unknown>
  readonly end: () => Promise<unknown>
  /** Lets go of it, unfinished. */
  readonly drop: () => Promise<unknown>
}

/** Batches on their way: the sinks of this thread need not wait for each. */
const ahead = 4

export function sinkApart({ open, write, end, drop }: SinkElsewhere): Writable {
  let ended = false
  const writable = new Writable({
    objectMode: true,
    highWaterMark: ahead,
    construct: (done) => settle(open(), done),
    write: (batch: Batch, _encoding, done) => {
      const written = write({ ...batch, columns: batch.columns.map(alone) })
      // A thread that is not ready yet is sent it later.
      settle(
        written.finally(() => giveBack(batch)),
        done,
      )
    },
    final: (done) =>
      settle(
        end().then(() => {
          ended = true
        }),
        done,
      ),
    destroy(error, done) {
      if (ended) done(error)
      else
        drop().then(
          () => done(error),
          // The first error is the one that tells why.
          (dropping) => done(error ?? dropping),
        )
    },
  })
  // It may fail before the rows flow: whoever waits for its end is told all the same.
  writable.on('error', () => undefined)
  return writable
}

function settle(work: Promise<unknown>, done: (error?: Error | null) => void): void {
  work.then(
    () => done(),
    (error: Error) => done(error),
  )
}

/** A message copies the whole buffer under a view: what is a part of one is cut out before. */
function alone(column: ColumnData): ColumnData {
  const cut = Object.entries(column).map(([key, part]) => {
    const isPart = ArrayBuffer.isView(part) && part.byteLength < part.buffer.byteLength
    return [key, isPart ? (part as Uint8Array).slice() : part]
  })
  return Object.fromEntries(cut) as ColumnData
}
