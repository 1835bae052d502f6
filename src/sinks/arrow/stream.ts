/**
 * Segments of a journal: some rows as one Arrow *stream*, complete in itself. Unlike the file format it has no footer, so a
 * segment that was cut off still gives its complete batches.
 */

import zlib from 'node:zlib'
import { type RecordBatch, RecordBatchReader, RecordBatchStreamWriter, type Vector } from 'apache-arrow'
import { SinkError } from '../../core/errors.js'
import type { Column, Row, Value } from '../../core/row.js'
import { batcher, schemaOf } from './columns.js'

/** Rows of one batch of a segment: what is lost at most when its last batch is cut. */
const batchRows = 4096

/** A float32 column keeps its numbers as float32, as every sink does. */
export function encodeSegment(columns: readonly Column[], rows: readonly Row[]): Uint8Array {
  const schema = schemaOf(columns)
  const batch = batcher(columns, schema)
  const batches: RecordBatch[] = []
  for (let i = 0; i < rows.length; i += batchRows) batches.push(batch(rows.slice(i, i + batchRows)))
  const writer = new RecordBatchStreamWriter({ autoDestroy: false })
  writer.reset(undefined, schema)
  for (const each of batches) writer.write(each)
  writer.finish().close()
  return sealed(writer.toUint8Array(true))
}

/** Before the stream: how long it is (8 bytes) and its CRC-32 (4 bytes), little-endian; padded to 16, so that Arrow's words stay aligned. */
const sealBytes = 16

function sealed(stream: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(sealBytes + stream.length)
  bytes.writeBigUInt64LE(BigInt(stream.length), 0)
  bytes.writeUInt32LE(crc32(stream), 8)
  bytes.set(stream, sealBytes)
  return bytes
}

/** The stream; of a segment that was cut, its beginning. Null when it is whole but not what was written. */
function unsealed(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < sealBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = Number(view.getBigUint64(0, true))
  const stream = bytes.slice(sealBytes)
  if (stream.length > length) return null
  return stream.length < length || view.getUint32(8, true) === crc32(stream) ? stream : null
}

/** In Node since 20.15, in its types later. */
const { crc32 } = zlib as unknown as { readonly crc32: (data: Uint8Array) => number }

/** The rows of all complete batches; none of a damaged segment. Throws when the segment holds other columns. */
export function decodeSegment(segment: Uint8Array, columns: readonly Column[]): Row[] {
  const rows: Row[] = []
  const bytes = unsealed(segment)
  if (!bytes) return rows
  const wanted = signature(schemaOf(columns))
  try {
    const reader = RecordBatchReader.from(bytes)
    reader.open()
    if (signature(reader.schema) !== wanted)
      throw new SinkError('SEGMENT_FOREIGN', 'a journal segment holds other columns than this run writes')
    for (const batch of reader) {
      // A damaged length would be believed row by row.
      if (batch.numRows > batchRows || batch.numRows * columns.length > bytes.length * 8) break
      rowsOf(batch, columns, rows)
    }
  } catch (error) {
    // Cut off: what came before is whole.
    if (error instanceof SinkError) throw error
  }
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
