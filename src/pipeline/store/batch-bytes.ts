/**
 * Batches as bytes, for what is read again by the same version: the memory of their columns side by side, and before it, as JSON, what it is.
 *
 *     4 bytes   length of the JSON
 *     …         JSON: rows, and for each column its kind, its words and how many bytes each of its arrays has
 *     …         the arrays; each begins at a multiple of 8 from the start
 *
 * Whoever keeps them makes sure that they come back as they were.
 */

import type { Batch, ColumnData } from '../../core/batch.js'
import { SinkError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'

type Part = Uint8Array | Int32Array | Float32Array | Float64Array | Uint16Array

/** A column without its arrays. */
interface Kind {
  readonly name: string
  readonly type: ColumnData['type']
  readonly size?: number
  readonly element?: 'float16'
  readonly words?: readonly string[]
  /** Of `valid`, where there is one. */
  readonly valid?: number
  readonly parts: readonly number[]
}

interface Head {
  readonly length: number
  readonly columns: readonly Kind[]
}

const unit = 8
const padded = (bytes: number): number => Math.ceil(bytes / unit) * unit

/** The pieces of a batch, in order: together its bytes. They are views on the memory of the batch. */
export function piecesOf(columns: readonly Column[], batch: Batch): readonly Uint8Array[] {
  const parts = batch.columns.flatMap((column) => [...(column.valid ? [column.valid] : []), ...partsOf(column)])
  const head: Head = { length: batch.length, columns: batch.columns.map((data, c) => kindOf(columns[c]!.name, data)) }
  const json = Buffer.from(JSON.stringify(head))
  const start = Buffer.alloc(padded(4 + json.length))
  start.writeUInt32LE(json.length)
  start.set(json, 4)
  return [start, ...parts.flatMap(withPadding)]
}

function withPadding(part: Part): Uint8Array[] {
  const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  const more = padded(bytes.length) - bytes.length
  return more === 0 ? [bytes] : [bytes, zeros.subarray(0, more)]
}
const zeros = new Uint8Array(unit)

function partsOf(column: ColumnData): readonly Part[] {
  if (column.type === 'string') return [column.offsets, column.bytes]
  return [column.type === 'category' ? column.codes : column.values]
}

function kindOf(name: string, column: ColumnData): Kind {
  const { type, valid } = column
  return {
    name,
    type,
    ...(column.type === 'category' ? { words: column.words } : {}),
    ...(column.type === 'vector' ? { size: column.size, ...(column.values instanceof Uint16Array ? { element: 'float16' } : {}) } : {}),
    ...(valid ? { valid: valid.byteLength } : {}),
    parts: partsOf(column).map(({ byteLength }) => byteLength),
  }
}

/** The batches whose bytes follow one another. They share the memory of a copy of these. Throws SinkError SEGMENT_FOREIGN. */
export function* batchesIn(bytes: Uint8Array, columns: readonly Column[]): Generator<Batch> {
  // Its own memory: numbers must be aligned.
  const { buffer } = new Uint8Array(bytes)
  for (let at = 0; at < buffer.byteLength; ) {
    const length = new DataView(buffer).getUint32(at, true)
    const head = JSON.parse(Buffer.from(buffer, at + 4, length).toString()) as Head
    if (signature(head.columns) !== signature(columns))
      throw new SinkError('SEGMENT_FOREIGN', 'a piece of a journal holds other columns than this run writes')
    at += padded(4 + length)
    const take = (byteLength: number): [ArrayBuffer, number, number] => {
      const from = at
      at += padded(byteLength)
      return [buffer, from, byteLength]
    }
    yield { length: head.length, columns: head.columns.map((kind) => columnIn(kind, take)) }
  }
}

const signature = (columns: readonly Pick<Column, 'name' | 'type' | 'size' | 'element'>[]) =>
  JSON.stringify(columns.map(({ name, type, size, element }) => [name, type, size, element === 'float16']))

function columnIn({ type, words, size, element, valid, parts }: Kind, take: (bytes: number) => [ArrayBuffer, number, number]): ColumnData {
  const common = { valid: valid === undefined ? null : new Uint8Array(...take(valid)) }
  const next = (i: number, unitBytes: number): [ArrayBuffer, number, number] => {
    const [buffer, from, bytes] = take(parts[i]!)
    return [buffer, from, bytes / unitBytes]
  }
  switch (type) {
    case 'int32':
      return { ...common, type, values: new Int32Array(...next(0, 4)) }
    case 'float32':
      return { ...common, type, values: new Float32Array(...next(0, 4)) }
    case 'float64':
      return { ...common, type, values: new Float64Array(...next(0, 8)) }
    case 'bool':
      return { ...common, type, values: new Uint8Array(...next(0, 1)) }
    case 'string':
      return { ...common, type, offsets: new Int32Array(...next(0, 4)), bytes: new Uint8Array(...next(1, 1)) }
    case 'category':
      return { ...common, type, codes: new Int32Array(...next(0, 4)), words: words! }
    case 'vector':
      return { ...common, type, size: size!, values: element ? new Uint16Array(...next(0, 2)) : new Float32Array(...next(0, 4)) }
  }
}
