/** Rows one by one as batches, and batches as rows one by one: for whoever shapes rows as objects. */

import { everyTurn } from '../../flow/turn.js'
import { isObject, mustBeIterable, mustBeOfTable } from '../argument.js'
import type { Batch } from '../batch.js'
import type { Column, Row } from '../row.js'
import { sliceOf } from './rearrange.js'
import { batchOf, put, rowsOf } from './rows-of.js'

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
    held.push(kept(columns, row))
    if (held.length < every) continue
    yield batchOf(columns, held, first)
    first += held.length
    held = []
  }
  if (held.length > 0) yield batchOf(columns, held, first)
}

/** As it is now: whoever gives rows may use one object, or one vector, for all of them. */
function kept(columns: readonly Column[], row: Row): Row {
  if (!isObject(row)) return row
  const own: Row = {}
  for (const { name } of columns) {
    const value = row[name]!
    put(own, name, ArrayBuffer.isView(value) ? value.slice() : value)
  }
  return own
}

/** The rows of batches with these columns, one by one. Of a long batch some are objects at a time. */
export async function* rowsIn(columns: readonly Column[], batches: Iterable<Batch> | AsyncIterable<Batch>): AsyncGenerator<Row, void> {
  mustBeOfTable('rowsIn', columns)
  mustBeIterable('rowsIn', batches, 'batches')
  for await (const piece of piecesOf(batches)) yield* rowsOf(columns, piece)
}

/** What a value costs those who take it, in bytes copied. */
const workOfValue = 64

/**
 * The same rows in batches of at most 1024. A batch of a finished table may have a million rows, and who draws or counts them waits for
 * nothing: the loop turns now and then.
 */
export async function* piecesOf(batches: Iterable<Batch> | AsyncIterable<Batch>): AsyncGenerator<Batch, void> {
  const turn = everyTurn()
  for await (const batch of batches) {
    // One that is no batch is told by whoever takes its columns.
    if (!(batch?.length > usual)) yield batch
    else
      for (let from = 0; from < batch.length; from += usual) {
        const piece = sliceOf(batch, from, Math.min(from + usual, batch.length))
        yield piece
        await turn(workOfValue * piece.length * piece.columns.length)
      }
  }
}
