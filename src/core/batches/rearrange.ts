/** Batches cut and put in order, column by column. What is no copy says so. */

import { isObject, shown } from '../argument.js'
import { type Batch, bitAt, bitsFor, bitsFrom, type ColumnData, type DataOf, hasValue, validOf } from '../batch.js'
import { PipelineError } from '../errors.js'
import { numberOf } from './rows-of.js'

/** Rows from `from` up to `to`. Numbers and text are views on those of the batch. Throws PipelineError OPTION_INVALID for rows that it has not. */
export function sliceOf(batch: Batch, from: number, to: number): Batch {
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= batch.length))
    throw new PipelineError('OPTION_INVALID', `sliceOf: there are no rows ${from} to ${to} in a batch of ${batch.length}`, {
      hint: 'the last slice ends with the batch: Math.min(to, batch.length)',
    })
  if (from === 0 && to === batch.length) return batch
  return { length: to - from, columns: batch.columns.map((column) => sliced(column, from, to)) }
}

function sliced(column: ColumnData, from: number, to: number): ColumnData {
  const valid = column.valid && validOf(to - from, (i) => hasValue(column, from + i))
  switch (column.type) {
    case 'int32':
    case 'float32':
    case 'float64':
      return { ...column, valid, values: column.values.subarray(from, to) } as ColumnData
    case 'category':
      return { ...column, valid, codes: column.codes.subarray(from, to) }
    case 'vector':
      return { ...column, valid, values: column.values.subarray(from * column.size, to * column.size) }
    case 'bool':
      return { ...column, valid, values: bitsFrom(to - from, (i) => bitAt(column.values, from + i)) }
    case 'string': {
      const [start, end] = [column.offsets[from]!, column.offsets[to]!]
      const offsets = column.offsets.slice(from, to + 1)
      for (let i = 0; i < offsets.length; i++) offsets[i]! -= start
      return { ...column, valid, offsets, bytes: column.bytes.subarray(start, end) }
    }
  }
}

/** The same rows in memory of their own: what is done to them is not done to those. */
export function copyOf({ length, columns }: Batch): Batch {
  const copied = columns.map((column) =>
    Object.fromEntries(
      Object.entries(column).map(([name, part]) => [name, typeof part === 'object' && part !== null ? part.slice() : part]),
    ),
  )
  return { length, columns: copied as unknown as ColumnData[] }
}

/** The rows with these numbers, in this order. Throws PipelineError OPTION_INVALID for one that it has not. */
export function takeOf(batch: Batch, rows: Int32Array): Batch {
  if (!isObject(batch) || !(rows instanceof Int32Array))
    throw new PipelineError(
      'OPTION_INVALID',
      `takeOf takes a batch and numbers of its rows, and is given ${shown(batch)} and ${shown(rows)}`,
      {
        hint: 'write takeOf(batch, Int32Array.of(0, 2))',
      },
    )
  const beyond = rows.find((row) => !(row >= 0 && row < batch.length))
  if (beyond !== undefined)
    throw new PipelineError('OPTION_INVALID', `takeOf: there is no row ${beyond} in a batch of ${batch.length}`, {
      hint: 'rows are counted from 0',
    })
  return gatherOf([batch], new Int32Array(rows.length), rows)
}

/** Where the numbers of vectors go: so many bytes or more. */
type Memory = (bytes: number) => ArrayBuffer

const fresh: Memory = (bytes) => new ArrayBuffer(bytes)

/** Row i of the result is row `rows[i]` of batch `from[i]`. The batches are of one table. */
export function gatherOf(batches: readonly Batch[], from: Int32Array, rows: Int32Array, memory = fresh): Batch {
  const length = rows.length
  const columns = batches[0]!.columns.map((_, c) => {
    const parts = batches.map(({ columns }) => columns[c]!)
    const valid = gatheredValid(
      parts.map((part) => part.valid),
      from,
      rows,
    )
    return { ...gathered(parts, from, rows, memory), valid } as ColumnData
  })
  return { length, columns }
}

/** One loop over plain arrays: it is run for each value of a table. */
function gatheredValid(parts: readonly (Uint8Array | null)[], from: Int32Array, rows: Int32Array): Uint8Array | null {
  if (parts.every((valid) => valid === null)) return null
  const bits = bitsFor(rows.length)
  let missing = false
  for (let i = 0; i < rows.length; i++) {
    const valid = parts[from[i]!]!
    const row = rows[i]!
    if (valid === null || ((valid[row >> 3]! >> (row & 7)) & 1) === 1) bits[i >> 3]! |= 1 << (i & 7)
    else missing = true
  }
  return missing ? bits : null
}

/** Without the validity, which is the same for all types. */
function gathered(parts: readonly ColumnData[], from: Int32Array, rows: Int32Array, memory: Memory): Omit<ColumnData, 'valid'> {
  switch (parts[0]!.type) {
    case 'int32':
      return { type: 'int32', values: scalars(parts as DataOf<'int32'>[], new Int32Array(rows.length), from, rows) } as DataOf<'int32'>
    case 'float32':
      return {
        type: 'float32',
        values: scalars(parts as DataOf<'float32'>[], new Float32Array(rows.length), from, rows),
      } as DataOf<'float32'>
    case 'float64':
      return {
        type: 'float64',
        values: scalars(parts as DataOf<'float64'>[], new Float64Array(rows.length), from, rows),
      } as DataOf<'float64'>
    case 'bool': {
      const bools = parts as DataOf<'bool'>[]
      return { type: 'bool', values: bitsFrom(rows.length, (i) => bitAt(bools[from[i]!]!.values, rows[i]!)) } as DataOf<'bool'>
    }
    case 'string':
      return strings(parts as DataOf<'string'>[], from, rows)
    case 'category':
      return categories(parts as DataOf<'category'>[], from, rows)
    case 'vector':
      return vectors(parts as DataOf<'vector'>[], from, rows, memory)
  }
}

type Numbers = Int32Array | Float32Array | Float64Array

function scalars<T extends Numbers>(parts: readonly { readonly values: T }[], into: T, from: Int32Array, rows: Int32Array): T {
  const values = parts.map((part) => part.values)
  for (let i = 0; i < rows.length; i++) into[i] = values[from[i]!]![rows[i]!]!
  return into
}

function strings(parts: readonly DataOf<'string'>[], from: Int32Array, rows: Int32Array): Omit<DataOf<'string'>, 'valid'> {
  const offsets = new Int32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i++) {
    const { offsets: own } = parts[from[i]!]!
    offsets[i + 1] = offsets[i]! + own[rows[i]! + 1]! - own[rows[i]!]!
  }
  const bytes = new Uint8Array(offsets[rows.length]!)
  for (let i = 0; i < rows.length; i++) {
    if (offsets[i] === offsets[i + 1]) continue
    const { offsets: own, bytes: text } = parts[from[i]!]!
    bytes.set(text.subarray(own[rows[i]!]!, own[rows[i]! + 1]!), offsets[i]!)
  }
  return { type: 'string', offsets, bytes }
}

/** Words are numbered anew in the order of the batches. */
function categories(parts: readonly DataOf<'category'>[], from: Int32Array, rows: Int32Array): Omit<DataOf<'category'>, 'valid'> {
  const numbers = new Map<string, number>()
  const renumbered = parts.map(({ words }) => words.map((word) => numberOf(numbers, word)))
  const old = parts.map((part) => part.codes)
  const codes = new Int32Array(rows.length)
  // Where there is no value, there may be no word either.
  for (let i = 0; i < rows.length; i++) codes[i] = renumbered[from[i]!]![old[from[i]!]![rows[i]!]!] ?? 0
  return { type: 'category', codes, words: [...numbers.keys()] }
}

function vectors(parts: readonly DataOf<'vector'>[], from: Int32Array, rows: Int32Array, memory: Memory): Omit<DataOf<'vector'>, 'valid'> {
  const { size, values: sample } = parts[0]!
  const numbers = rows.length * size
  const into =
    sample instanceof Float32Array ? new Float32Array(memory(4 * numbers), 0, numbers) : new Uint16Array(memory(2 * numbers), 0, numbers)
  for (let i = 0; i < rows.length; ) {
    const part = parts[from[i]!]!
    const start = rows[i]!
    // Neighbours that stay neighbours are one copy.
    let count = 1
    while (i + count < rows.length && from[i + count] === from[i] && rows[i + count] === start + count) count++
    into.set(part.values.subarray(start * size, (start + count) * size), i * size)
    i += count
  }
  return { type: 'vector', size, values: into }
}

/** The same rows; the words of each category are those that occur, in the order they do. */
export function wordsInOrder(batch: Batch): Batch {
  const columns = batch.columns.map((column) => (column.type === 'category' ? inOrder(column) : column))
  return { length: batch.length, columns }
}

function inOrder(column: DataOf<'category'>): ColumnData {
  const { codes, words } = column
  const numbers = new Int32Array(words.length).fill(-1)
  const used: string[] = []
  let same = true
  for (let i = 0; i < codes.length; i++) {
    if (!hasValue(column, i)) continue
    const code = codes[i]!
    if (numbers[code]! < 0) numbers[code] = used.push(words[code]!) - 1
    same &&= numbers[code] === code
  }
  if (same && used.length === words.length) return column
  return { ...column, codes: codes.map((code, i) => (hasValue(column, i) ? numbers[code]! : 0)), words: used }
}
