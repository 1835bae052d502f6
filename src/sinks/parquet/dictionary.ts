/** Which values of a column are written once, with a number for each row: words of categories, and what repeats so often that it halves the column. */

import type { ColumnData, DataOf } from '../../core/batch.js'
import { takeOf } from '../../core/batches/rearrange.js'
import { categoryOf, readerOf } from '../../core/batches/rows-of.js'
import { bitsOf } from './runs.js'

export interface Dictionary {
  /** The values, each once, in the order they come: a column without nulls. */
  readonly values: ColumnData
  readonly count: number
  /** The number of each value of the column. */
  readonly codes: Int32Array
}

type Numbers = Int32Array | Float32Array | Float64Array

/** More numbers than that are no dictionary: it would not stay in a processor's cache. */
const mostNumbers = 8192
/** Looked at before all are, spread over the column; where more of them differ, it is not worth a dictionary. */
const sampled = 1000
const mostDiffer = 0.95

/** Of a column without nulls. Null where the values are better written as they are. */
export function dictionaryOf(column: ColumnData, length: number): Dictionary | null {
  switch (column.type) {
    case 'int32':
    case 'float32':
    case 'float64':
      return numbersOf(column, length)
    case 'category':
      return length === 0 ? null : usedWords(column)
    case 'string':
      return textsOf(column, length)
    case 'bool':
    case 'vector':
      return null
  }
}

const repeats = (length: number, at: (i: number) => unknown): boolean => {
  const count = Math.min(sampled, length)
  const found = new Set<unknown>()
  for (let i = 0; i < count; i++) found.add(at(Math.floor((i * length) / count)))
  return found.size <= mostDiffer * count
}

/** By their bits, so that -0 and every NaN come back as they were. An open table of the numbers: a Map would cost more than all the rest. */
function numbersOf(column: DataOf<'int32' | 'float32' | 'float64'>, length: number): Dictionary | null {
  const values: Numbers = column.values
  if (!repeats(length, (i) => values[i])) return null
  const words = values.BYTES_PER_ELEMENT / 4
  const bits = new Int32Array(values.buffer, values.byteOffset, length * words)
  const table = new Int32Array(2 * mostNumbers).fill(-1)
  const mask = table.length - 1
  const shift = 32 - bitsOf(table.length)
  const first = new Int32Array(mostNumbers)
  const codes = new Int32Array(length)
  let count = 0
  for (let i = 0; i < length; i++) {
    const low = bits[i * words]!
    const high = bits[(i + 1) * words - 1]!
    // Neighbours in a table often are the same.
    if (i > 0 && low === bits[(i - 1) * words] && high === bits[i * words - 1]) {
      codes[i] = codes[i - 1]!
      continue
    }
    let slot = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> shift
    while (table[slot] !== -1) {
      const at = first[table[slot]!]!
      if (bits[at * words] === low && bits[(at + 1) * words - 1] === high) break
      slot = (slot + 1) & mask
    }
    if (table[slot] === -1) {
      if (count === mostNumbers) return null
      table[slot] = count
      first[count++] = i
    }
    codes[i] = table[slot]!
  }
  const bytes = values.BYTES_PER_ELEMENT
  if (!halves(count * bytes, count, length, length * bytes)) return null
  return { values: takeOf({ length, columns: [column] }, first.subarray(0, count)).columns[0]!, count, codes }
}

function usedWords({ codes, words }: DataOf<'category'>): Dictionary {
  const numbers = new Int32Array(words.length).fill(-1)
  const used: string[] = []
  const own = codes.map((code) => {
    if (numbers[code] === -1) numbers[code] = used.push(words[code]!) - 1
    return numbers[code]!
  })
  const all = Int32Array.from(used, (_, i) => i)
  return { values: { type: 'category', valid: null, codes: all, words: used }, count: used.length, codes: own }
}

function textsOf(column: DataOf<'string'>, length: number): Dictionary | null {
  const read = readerOf(column) as (i: number) => string
  if (length === 0 || !repeats(length, read)) return null
  const { codes, words } = categoryOf(Array.from({ length }, (_, i) => read(i)))
  const bytes = words.reduce((sum, word) => sum + 4 + Buffer.byteLength(word), 0)
  if (!halves(bytes, words.length, length, column.bytes.length + 4 * length)) return null
  return usedWords({ type: 'category', valid: null, codes, words })
}

const halves = (bytes: number, count: number, length: number, plain: number) => 2 * (bytes + (length * bitsOf(count)) / 8) <= plain
