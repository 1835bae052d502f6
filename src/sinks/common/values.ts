/** Rows turned into columns of values. */

import type { Column, Row, Value } from '../../core/row.js'
import { checkedValue, ofRow } from '../../core/value-check.js'

/** The values of one column: a typed array where every value is a number, else a plain array with nulls. */
export type ColumnValues = Int32Array | Float32Array | Float64Array | Value[]

/** The values of a column in the order of the rows, each checked. `first` is the number of the first row, for the message. */
export function valuesOf(column: Column, rows: readonly Row[], first: number): ColumnValues {
  const values = rows.map((row, i) => checkedValue(column, row[column.name], ofRow(first + i)))
  if (values.includes(null)) return values
  if (column.type === 'int32') return Int32Array.from(values as number[])
  if (column.type === 'float32') return Float32Array.from(values as number[])
  if (column.type === 'float64') return Float64Array.from(values as number[])
  return values
}
