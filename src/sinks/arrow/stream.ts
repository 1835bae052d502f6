/**
 * Segments of a journal: some rows as one Arrow *stream*, complete in itself. Whoever keeps it makes sure that it comes back as it was: an
 * Arrow stream may claim any length.
 */

import { type RecordBatch, RecordBatchReader, RecordBatchStreamWriter, type Vector } from 'apache-arrow'
import { SinkError } from '../../core/errors.js'
import type { Column, Row, Value } from '../../core/row.js'
import { batchOf } from '../../core/rows-of.js'
import { batcher, schemaOf } from './columns.js'

/** Rows of one batch of a segment. */
const batchRows = 4096

/** A float32 column keeps its numbers as float32, as every sink does. */
export function encodeSegment(columns: readonly Column[], rows: readonly Row[]): Uint8Array {
  const schema = schemaOf(columns)
  const batch = batcher(schema)
  const batches: RecordBatch[] = []
  for (let i = 0; i < rows.length; i += batchRows) batches.push(batch(batchOf(columns, rows.slice(i, i + batchRows), i)))
  const writer = new RecordBatchStreamWriter({ autoDestroy: false })
  writer.reset(undefined, schema)
  for (const each of batches) writer.write(each)
  writer.finish().close()
  return writer.toUint8Array(true)
}

/** The rows of a segment. Throws SinkError SEGMENT_FOREIGN when it holds other columns. */
export function decodeSegment(segment: Uint8Array, columns: readonly Column[]): Row[] {
  const rows: Row[] = []
  // Its own memory: Arrow's words must be aligned.
  const reader = RecordBatchReader.from(segment.slice())
  reader.open()
  if (signature(reader.schema) !== signature(schemaOf(columns)))
    throw new SinkError('SEGMENT_FOREIGN', 'a journal segment holds other columns than this run writes')
  for (const batch of reader) rowsOf(batch, columns, rows)
  return rows
}

const signature = (schema: ReturnType<typeof schemaOf>) => JSON.stringify(schema.fields.map((f) => [f.name, String(f.type), f.nullable]))

function rowsOf(batch: RecordBatch, columns: readonly Column[], into: Row[]): void {
  const vectors = columns.map((_, c) => batch.getChildAt(c)!)
  for (let i = 0; i < batch.numRows; i++) {
    const row: Row = {}
    for (let c = 0; c < columns.length; c++) row[columns[c]!.name] = valueAt(vectors[c]!, i)
    into.push(row)
  }
}

function valueAt(vector: Vector, index: number): Value {
  const value: unknown = vector.get(index)
  // A fixed-size list comes as a vector over the batch's own memory.
  return value !== null && typeof value === 'object' ? Float32Array.from(value as Iterable<number>) : (value as Value)
}
