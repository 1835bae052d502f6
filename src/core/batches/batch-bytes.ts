/**
 * Batches as bytes, for whoever knows their columns: the journal, and a message from a lane (as an object of 25 typed arrays it costs the thread
 * that gets it ten times as much as in one piece).
 *
 *     4 bytes   length of the JSON
 *     …         JSON: [rows, for each column: bytes of `valid` (-1: null), of each array (-1: apart), the words of a category]
 *     …         the arrays; each begins at a multiple of 8 from the start of the batch, and so does what follows
 *
 * Whoever keeps them makes sure that they come back as they were.
 */

import type { Batch, ColumnData } from '../batch.js'
import { bytesOf } from '../bytes-of.js'
import type { Column } from '../row.js'

type Part = Uint8Array | Int32Array | Float32Array | Float64Array | Uint16Array
type Head = readonly [length: number, ...columns: (readonly (number | readonly string[])[])[]]

const unit = 8
const padded = (bytes: number): number => Math.ceil(bytes / unit) * unit
const zeros = new Uint8Array(unit)

export interface Pieces {
  /** Together the bytes of the batch: views on its own memory. */
  readonly pieces: readonly Uint8Array[]
  /** Arrays with more bytes than `longest`: they go beside the others. */
  readonly apart: readonly Part[]
}

export function piecesOf({ length, columns }: Batch, longest = Number.POSITIVE_INFINITY): Pieces {
  const pieces: Uint8Array[] = []
  const apart: Part[] = []
  const put = (part: Part, most = longest): number => {
    if (part.byteLength > most) return apart.push(part) && -1
    pieces.push(bytesOf(part))
    const more = padded(part.byteLength) - part.byteLength
    if (more > 0) pieces.push(zeros.subarray(0, more))
    return part.byteLength
  }
  const kinds = columns.map((column) => {
    // Never apart: -1 says that there is none.
    const valid = column.valid === null ? -1 : put(column.valid, Number.POSITIVE_INFINITY)
    if (column.type === 'string') return [valid, put(column.offsets), put(column.bytes)]
    return column.type === 'category' ? [valid, put(column.codes), column.words] : [valid, put(column.values)]
  })
  const json = Buffer.from(JSON.stringify([length, ...kinds] satisfies Head))
  const start = Buffer.alloc(padded(4 + json.length))
  start.writeUInt32LE(json.length)
  start.set(json, 4)
  return { pieces: [start, ...pieces], apart }
}

/** The batches whose bytes fill a buffer, and their arrays that lie apart, in order. They share its memory. */
export function* batchesIn(columns: readonly Column[], buffer: ArrayBuffer, apart: readonly Part[] = []): Generator<Batch> {
  let others = 0
  for (let at = 0; at < buffer.byteLength; ) {
    const json = new DataView(buffer).getUint32(at, true)
    const [length, ...kinds] = JSON.parse(Buffer.from(buffer, at + 4, json).toString()) as Head
    at += padded(4 + json)
    const take = <T extends Part>(bytes: unknown, Kind: ArrayOf<T>): T => {
      if (bytes === -1) return apart[others++] as T
      const from = at
      at += padded(bytes as number)
      return new Kind(buffer, from, (bytes as number) / Kind.BYTES_PER_ELEMENT)
    }
    yield { length, columns: kinds.map((kind, c) => columnIn(columns[c]!, kind, take)) }
  }
}

interface ArrayOf<T> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBuffer, from: number, length: number): T
}

function columnIn(
  { type, size = 0, element }: Column,
  [nulls, first, second]: readonly (number | readonly string[])[],
  take: <T extends Part>(bytes: unknown, Kind: ArrayOf<T>) => T,
): ColumnData {
  const valid = nulls === -1 ? null : take(nulls, Uint8Array)
  switch (type) {
    case 'int32':
      return { type, valid, values: take(first, Int32Array) }
    case 'float32':
      return { type, valid, values: take(first, Float32Array) }
    case 'float64':
      return { type, valid, values: take(first, Float64Array) }
    case 'bool':
      return { type, valid, values: take(first, Uint8Array) }
    case 'string':
      return { type, valid, offsets: take(first, Int32Array), bytes: take(second, Uint8Array) }
    case 'category':
      return { type, valid, codes: take(first, Int32Array), words: second as readonly string[] }
    case 'vector':
      return { type, valid, size, values: element === 'float16' ? take(first, Uint16Array) : take(first, Float32Array) }
  }
}

/** What a batch is between threads: one buffer, and those that are too long to be copied. */
export interface Message {
  readonly bytes: ArrayBuffer
  readonly apart: readonly Part[]
}

/** Longer arrays are moved, shorter ones copied. */
const longestInMessage = 16 * 1024

export function messageOf(batch: Batch, longest = longestInMessage): { readonly message: Message; readonly transfer: ArrayBuffer[] } {
  const { pieces, apart } = piecesOf(batch, longest)
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  // A view on part of a larger buffer is copied with the message.
  const own = apart.filter(({ byteLength, buffer }) => byteLength === buffer.byteLength).map(({ buffer }) => buffer as ArrayBuffer)
  return { message: { bytes: bytes.buffer, apart }, transfer: [bytes.buffer, ...new Set(own)] }
}

export const batchIn = (columns: readonly Column[], { bytes, apart }: Message): Batch =>
  batchesIn(columns, bytes, apart).next().value as Batch
