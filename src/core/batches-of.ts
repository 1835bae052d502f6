/** Rows one by one as batches, and batches as rows one by one: for whoever shapes rows as objects. */

import { mustBeIterable, mustBeOfTable } from './argument.js'
import type { Batch } from './batch.js'
import type { Column, Row } from './row.js'
import { batchOf, rowsOf } from './rows-of.js'

/** Rows of a batch unless asked otherwise: so many are held. */
const usual = 1024

/** Each value is checked against its column. Throws SinkError ROW_INVALID, with the number of the row. */
export async function* batchesOf(
  columns: readonly Column[],
  rows: Iterable<Row> | AsyncIterable<Row>,
  every = usual,
): AsyncGenerator<Batch, void> {
  mustBeOfTable('batchesOf', columns)
  mustBeIterable('batchesOf', rows, 'rows')
  let held: Row[] = []
  let first = 0
  for await (const row of rows) {
    held.push(row)
    if (held.length < every) continue
    yield batchOf(columns, held, first)
    first += held.length
    held = []
  }
  if (held.length > 0) yield batchOf(columns, held, first)
}

/** The rows of batches with these columns, one by one. */
export async function* rowsIn(columns: readonly Column[], batches: Iterable<Batch> | AsyncIterable<Batch>): AsyncGenerator<Row, void> {
  mustBeOfTable('rowsIn', columns)
  mustBeIterable('rowsIn', batches, 'batches')
  for await (const batch of batches) yield* rowsOf(columns, batch)
}
