/** Batches joined, column by column. */

import { mustBeIterable } from '../argument.js'
import { type Batch, bitAt, bitsFor, type ColumnData, type DataOf, setBit } from '../batch.js'
import { PipelineError } from '../errors.js'
import { numberOf } from './rows-of.js'

/** All rows of some batches of one table, one after another. Throws PipelineError OPTION_INVALID for none, and for those of several tables. */
export function concatOf(batches: readonly Batch[]): Batch {
  mustBeIterable('concatOf', batches, 'batches')
  const [first, ...more] = batches
  if (first === undefined)
    throw new PipelineError('OPTION_INVALID', 'concatOf joins batches, and is given none', {
      hint: 'give it a batch or more: without one there are no columns',
    })
  if (more.length === 0) return first
  const kinds = kindsOf(first)
  const other = more.findIndex((batch) => kindsOf(batch) !== kinds)
  if (other >= 0)
    throw new PipelineError(
      'OPTION_INVALID',
      `concatOf: batch ${other + 1} has other columns than the first: ${kindsOf(more[other]!)} after ${kinds}`,
      {
        hint: 'give batches of one table, or of tables of one pipeline',
      },
    )
  const length = batches.reduce((sum, batch) => sum + batch.length, 0)
  const columns = first.columns.map((_, c) => {
    const parts = batches.map((batch) => ({ length: batch.length, data: batch.columns[c]! }))
    const valid = parts.every(({ data }) => data.valid === null) ? null : joinedValid(parts, length)
    return joined(parts, length, valid)
  })
  return { length, columns }
}

/** Halves and floats side by side would be no numbers. */
const kindsOf = ({ columns }: Batch): string =>
  columns
    .map((data) =>
      data.type === 'vector' ? `vector of ${data.size} ${data.values instanceof Float32Array ? 'float32' : 'float16'}` : data.type,
    )
    .join(', ')

interface Part<T extends ColumnData = ColumnData> {
  readonly length: number
  readonly data: T
}

function joined(parts: readonly Part[], length: number, valid: Uint8Array | null): ColumnData {
  const { data } = parts[0]!
  switch (data.type) {
    case 'int32':
      return { ...data, valid, values: joinedNumbers(parts as Part<DataOf<'int32'>>[], new Int32Array(length), 1) }
    case 'float32':
      return { ...data, valid, values: joinedNumbers(parts as Part<DataOf<'float32'>>[], new Float32Array(length), 1) }
    case 'float64':
      return { ...data, valid, values: joinedNumbers(parts as Part<DataOf<'float64'>>[], new Float64Array(length), 1) }
    case 'vector': {
      const numbers = length * data.size
      const into = data.values instanceof Float32Array ? new Float32Array(numbers) : new Uint16Array(numbers)
      return { ...data, valid, values: joinedNumbers(parts as Part<DataOf<'vector'>>[], into, data.size) }
    }
    case 'bool':
      return { ...data, valid, values: joinedBits(parts as Part<DataOf<'bool'>>[], length, ({ values }) => values) }
    case 'string':
      return { ...joinedStrings(parts as Part<DataOf<'string'>>[], length), valid }
    case 'category':
      return { ...joinedCategories(parts as Part<DataOf<'category'>>[], length), valid }
  }
}

function joinedNumbers<T extends { set(from: ArrayLike<number>, at: number): void }>(
  parts: readonly Part<ColumnData & { readonly values: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> } }>[],
  into: T,
  each: number,
): T {
  let at = 0
  for (const { length, data } of parts) {
    into.set(data.values.subarray(0, length * each), at)
    at += length * each
  }
  return into
}

/** `bitsOf`: null where all bits are set. */
function joinedBits<T extends ColumnData>(parts: readonly Part<T>[], length: number, bitsOf: (data: T) => Uint8Array | null): Uint8Array {
  const bits = bitsFor(length)
  let at = 0
  for (const { length: rows, data } of parts) {
    const own = bitsOf(data)
    // Whole bytes, where they fall on bytes.
    const whole = at % 8 === 0 ? rows - (rows % 8) : 0
    if (whole > 0 && own) bits.set(own.subarray(0, whole / 8), at / 8)
    else if (whole > 0) bits.fill(0xff, at / 8, (at + whole) / 8)
    for (let i = whole; i < rows; i++) if (own === null || bitAt(own, i)) setBit(bits, at + i)
    at += rows
  }
  return bits
}

const joinedValid = (parts: readonly Part[], length: number): Uint8Array => joinedBits(parts, length, ({ valid }) => valid)

function joinedStrings(parts: readonly Part<DataOf<'string'>>[], length: number): Omit<DataOf<'string'>, 'valid'> {
  const offsets = new Int32Array(length + 1)
  const bytes = new Uint8Array(parts.reduce((sum, { length: rows, data }) => sum + data.offsets[rows]!, 0))
  let [row, at] = [0, 0]
  for (const { length: rows, data } of parts) {
    const end = data.offsets[rows]!
    bytes.set(data.bytes.subarray(0, end), at)
    for (let i = 1; i <= rows; i++) offsets[row + i] = at + data.offsets[i]!
    row += rows
    at += end
  }
  return { type: 'string', offsets, bytes }
}

/** Words are numbered anew in the order of the batches. */
function joinedCategories(parts: readonly Part<DataOf<'category'>>[], length: number): Omit<DataOf<'category'>, 'valid'> {
  const numbers = new Map<string, number>()
  const codes = new Int32Array(length)
  let at = 0
  for (const { length: rows, data } of parts) {
    const renumbered = data.words.map((word) => numberOf(numbers, word))
    // Where there is no value, there may be no word either.
    for (let i = 0; i < rows; i++) codes[at++] = renumbered[data.codes[i]!] ?? 0
  }
  return { type: 'category', codes, words: [...numbers.keys()] }
}
