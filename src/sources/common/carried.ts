/** Further columns of a list: typed by looking at all their values, then carried into every row. */

import type { PatchNote } from '../../core/items.js'
import type { Column } from '../../core/row.js'
import type { Table, TableRow } from './table.js'

/** A number as data frames write it. `007` is none: it is somebody's name. */
const numberPattern = /^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
const fitsInt32 = (text: string) => /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) <= 0x7fff_ffff

/** `int32` when all values are whole, `float64` when all are numbers, else a category; empty is null. */
export function columnOf(name: string, { rows }: Table, file: string): Column {
  const values = rows.map((row) => row.values[name] ?? '').filter((value) => value !== '')
  const numbers = values.length > 0 && values.every((value) => numberPattern.test(value))
  const type = numbers ? (values.every(fitsInt32) ? 'int32' : 'float64') : 'category'
  return { name, type, ...(values.length < rows.length ? { nullable: true } : {}), about: `Carried from the column ${name} of ${file}.` }
}

export function carriedOf(columns: readonly Column[], row: TableRow): Readonly<Record<string, PatchNote>> {
  const note = ({ name, type }: Column): PatchNote => {
    const value = row.values[name] ?? ''
    if (value === '') return null
    return type === 'category' ? value : Number(value)
  }
  return Object.fromEntries(columns.map((column) => [column.name, note(column)]))
}
