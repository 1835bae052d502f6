/** Rows of a batch and a batch of rows: objects are for those who write text, for highland and for users; nobody else makes them. */

import { fromHalves, toHalf } from '../../geometry/half.js'
import { isObject, mustBeIterable, mustBeOfTable, shown } from '../argument.js'
import { type Batch, bitAt, bitsFrom, type ColumnData, type DataOf, hasValue, validOf } from '../batch.js'
import { SinkError } from '../errors.js'
import type { Column, Row, Value } from '../row.js'
import { checkedValue, ofRow } from './value-check.js'

/** The rows of a batch, in order. Vectors are copies, so that a row does not keep its batch alive; float16 is widened. */
export function rowsOf(columns: readonly Column[], batch: Batch): Row[] {
  mustBeOfTable('rowsOf', columns, batch ?? null)
  const readers = batch.columns.map(readerOf)
  return Array.from({ length: batch.length }, (_, i) => {
    const row: Row = {}
    for (let c = 0; c < columns.length; c++) put(row, columns[c]!.name, readers[c]!(i))
    return row
  })
}

/** Under the name `__proto__`, which a column of a list may have, an assignment would change the object and hold no value. */
export function put(row: Row, name: string, value: Value): void {
  if (name === '__proto__') Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true })
  else row[name] = value
}

/** What reads the value of a row. */
export function readerOf(column: ColumnData): (i: number) => Value {
  const read = presentOf(column)
  return column.valid === null ? read : (i) => (hasValue(column, i) ? read(i) : null)
}

function presentOf(column: ColumnData): (i: number) => Value {
  switch (column.type) {
    case 'int32':
    case 'float32':
    case 'float64':
      return (i) => column.values[i]!
    case 'bool':
      return (i) => bitAt(column.values, i)
    case 'string':
      return (i) => textAt(column, i)
    case 'category':
      return (i) => column.words[column.codes[i]!]!
    case 'vector':
      return (i) => vectorAt(column, i)
  }
}

function textAt({ bytes, offsets }: DataOf<'string'>, i: number): string {
  const { buffer, byteOffset } = bytes
  return Buffer.from(buffer, byteOffset + offsets[i]!, offsets[i + 1]! - offsets[i]!).toString('utf8')
}

function vectorAt({ values, size }: DataOf<'vector'>, i: number): Float32Array {
  const [from, to] = [i * size, (i + 1) * size]
  return values instanceof Float32Array ? values.slice(from, to) : fromHalves(values.subarray(from, to))
}

/**
 * The batch of some rows, each value checked against its column. `first` is the number of the first row, for the message. Names that are no
 * column are left out. Throws SinkError ROW_INVALID.
 */
export function batchOf(columns: readonly Column[], rows: readonly Row[], first = 0): Batch {
  mustBeOfTable('batchOf', columns)
  mustBeIterable('batchOf', rows, 'rows')
  const odd = rows.findIndex((row) => !isObject(row))
  if (odd >= 0)
    throw new SinkError('ROW_INVALID', `row ${first + odd} is ${shown(rows[odd])}`, {
      hint: 'a row is an object: a value for each column by its name',
    })
  return { length: rows.length, columns: columns.map((column) => checkedData(column, rows, first)) }
}

const checkedData = (column: Column, rows: readonly Row[], first: number): ColumnData =>
  dataOf(
    column,
    rows.map((row, i) => checkedValue(column, row[column.name], ofRow(first + i))),
  )

/** The data of a column with these values, which fit it. */
export function dataOf(column: Column, values: readonly Value[]): ColumnData {
  const length = values.length
  const valid = column.nullable === true ? validOf(length, (i) => values[i] !== null) : null
  switch (column.type) {
    case 'int32':
      return { type: 'int32', valid, values: Int32Array.from(values as number[]) }
    case 'float32':
      return { type: 'float32', valid, values: Float32Array.from(values as number[], zeroForNull) }
    case 'float64':
      return { type: 'float64', valid, values: Float64Array.from(values as number[], zeroForNull) }
    case 'bool':
      return { type: 'bool', valid, values: bitsFrom(length, (i) => values[i] === true) }
    case 'string':
      return { valid, ...stringsOf(values as (string | null)[]) }
    case 'category':
      return { valid, ...categoryOf(values as (string | null)[]) }
    case 'vector':
      return { type: 'vector', valid, size: column.size!, values: numbersOf(column, values as (Float32Array | null)[]) }
  }
}

const zeroForNull = (value: number | null): number => value ?? 0

/** Text as UTF-8, side by side; null takes no bytes. */
export function stringsOf(texts: readonly (string | null)[]): Omit<DataOf<'string'>, 'valid'> {
  const offsets = new Int32Array(texts.length + 1)
  let end = 0
  for (let i = 0; i < texts.length; i++) {
    end += texts[i] === null ? 0 : Buffer.byteLength(texts[i]!, 'utf8')
    offsets[i + 1] = end
  }
  const bytes = new Uint8Array(end)
  const into = Buffer.from(bytes.buffer)
  for (let i = 0; i < texts.length; i++) if (texts[i]) into.write(texts[i]!, offsets[i]!, 'utf8')
  return { type: 'string', offsets, bytes }
}

/** The words are numbered in the order they come. */
export function categoryOf(texts: readonly (string | null)[]): Omit<DataOf<'category'>, 'valid'> {
  const numbers = new Map<string, number>()
  const codes = Int32Array.from(texts, (word) => (word === null ? 0 : numberOf(numbers, word)))
  return { type: 'category', codes, words: [...numbers.keys()] }
}

/** The number of a word: a new one when it was not there. */
export function numberOf(numbers: Map<string, number>, word: string): number {
  const known = numbers.get(word)
  if (known !== undefined) return known
  numbers.set(word, numbers.size)
  return numbers.size - 1
}

function numbersOf({ size = 0, element }: Column, vectors: readonly (Float32Array | null)[]): Float32Array | Uint16Array {
  const half = element === 'float16'
  const all = half ? new Uint16Array(vectors.length * size) : new Float32Array(vectors.length * size)
  for (const [i, vector] of vectors.entries()) if (vector) all.set(half ? Uint16Array.from(vector, toHalf) : vector, i * size)
  return all
}
