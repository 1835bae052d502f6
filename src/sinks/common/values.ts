/** Rows turned into columns, each value checked against its column: a sink never writes something else than what it was given. */

import { SinkError } from '../../core/errors.js'
import type { Column, Row, Value } from '../../core/row.js'

/** The values of one column: a typed array where every value is a number, else a plain array with nulls. */
export type ColumnValues = Int32Array | Float32Array | Float64Array | Value[]

/** The values of a column in the order of the rows. `first` is the number of the first row, for the message. */
export function valuesOf(column: Column, rows: readonly Row[], first: number): ColumnValues {
  const fits = checks[column.type]
  const values: Value[] = new Array(rows.length)
  let nulls = 0
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]![column.name]
    if (value === null || value === undefined) {
      if (column.nullable !== true || value === undefined) throw refused(column, value, first + i)
      nulls++
      values[i] = null
    } else {
      if (!fits(value, column)) throw refused(column, value, first + i)
      values[i] = value
    }
  }
  if (nulls > 0) return values
  if (column.type === 'int32') return Int32Array.from(values as number[])
  if (column.type === 'float32') return Float32Array.from(values as number[])
  if (column.type === 'float64') return Float64Array.from(values as number[])
  return values
}

const number = (value: Value) => typeof value === 'number'
const word = (value: Value) => typeof value === 'string'

const checks: Readonly<Record<Column['type'], (value: Value, column: Column) => boolean>> = {
  int32: (value) => typeof value === 'number' && (value | 0) === value,
  // Larger ones would become infinite without a word.
  float32: (value) => typeof value === 'number' && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value)),
  float64: number,
  string: word,
  category: word,
  bool: (value) => typeof value === 'boolean',
  vector: (value, column) => value instanceof Float32Array && value.length === column.size,
}

function refused(column: Column, value: Value | undefined, row: number): SinkError {
  const size = column.type === 'vector' ? ` of ${column.size} numbers` : ''
  return new SinkError('ROW_INVALID', `row ${row}: column '${column.name}' is ${column.type}${size}, but holds ${shown(value)}`, {
    hint: 'a rows: stage must give every column the type it declares',
  })
}

function shown(value: Value | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null though it is not nullable'
  return value instanceof Float32Array
    ? `a vector of ${value.length} numbers`
    : typeof value === 'bigint'
      ? `${value}n`
      : JSON.stringify(value)
}
