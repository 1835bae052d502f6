/** Pages of a column whose rows hold one value each. */

import { type ColumnData, hasValue, nullsIn } from '../../core/batch.js'
import { takeOf } from '../../core/batches/rearrange.js'
import { bytesOf } from '../../core/bytes-of.js'
import type { Column } from '../../core/row.js'
import type { Page, Pages } from './chunk.js'
import { type Dictionary, dictionaryOf } from './dictionary.js'
import { bitsOf, packed } from './runs.js'
import { boundsOf, plain } from './values.js'

/** Rows of a page: a group of 65,536 rows has several, and an index of them says something. */
const pageRows = 16_384
/** Bytes of a page of texts, about. */
const pageBytes = 2 ** 20

/** `dictionary` is off, or on where it pays. */
export function scalarPages(column: ColumnData, { nullable }: Pick<Column, 'nullable'>, length: number, dictionary: 'auto' | 'off'): Pages {
  const { present, count } = withoutNulls(column, length)
  const coded = dictionary === 'auto' ? dictionaryOf(present, count) : null
  const every = rowsOfPage(column, length)
  const pages: Page[] = []
  let at = 0
  for (let from = 0; from < length; from += every) {
    const rows = Math.min(every, length - from)
    const nulls = nullsIn(column, from + rows, from)
    const end = at + rows - nulls
    pages.push({
      ...{ rows, values: rows, nulls },
      repetition: new Uint8Array(0),
      definition: nullable === true ? levels(column, from, from + rows) : new Uint8Array(0),
      body: [coded ? indices(coded, at, end) : plain(present, at, end)],
      bounds: boundsOf(present, at, end),
    })
    at = end
  }
  return { pages, dictionary: coded && { values: coded.count, body: plain(coded.values, 0, coded.count) } }
}

function rowsOfPage(column: ColumnData, length: number): number {
  if (column.type !== 'string') return pageRows
  return Math.max(1, Math.min(pageRows, Math.floor((pageBytes * length) / Math.max(1, column.bytes.length))))
}

function withoutNulls(column: ColumnData, length: number): { readonly present: ColumnData; readonly count: number } {
  if (column.valid === null) return { present: column, count: length }
  const rows = new Int32Array(length)
  let count = 0
  for (let i = 0; i < length; i++) if (hasValue(column, i)) rows[count++] = i
  return { present: { ...takeOf({ length, columns: [column] }, rows.subarray(0, count)).columns[0]!, valid: null }, count }
}

/** 1 where there is a value. */
function levels(column: ColumnData, from: number, to: number): Uint8Array {
  const level = new Uint8Array(to - from)
  for (let i = from; i < to; i++) if (hasValue(column, i)) level[i - from] = 1
  return packed(level, 0, level.length, 1)
}

/** How many bits each number has, then the numbers. */
function indices({ codes, count }: Dictionary, from: number, to: number): Uint8Array {
  const bits = bitsOf(count)
  return bytesOf(Buffer.concat([Uint8Array.of(bits), packed(codes, from, to, bits)]))
}
