/**
 * Further columns of a list, carried into every row. What their values are is declared (`columns:`), or known from the first run into the
 * output, or seen: a number only where every text comes back from it as it was. Any value may be missing, so that a further line never
 * changes the column; and what looks like numbers is `number`, whole or not, so that parts of one list give one type.
 */

import { PipelineError } from '../../core/errors.js'
import type { Column, ColumnType, PatchNote } from '../../core/row.js'
import type { ValueType, ValueTypes } from '../../core/source.js'
import { isDecimal } from '../../core/text/is-decimal.js'
import type { Table, TableRow } from './table.js'

export interface CarriedColumn extends Column {
  readonly value: ValueType
  /** Who says so. */
  readonly by: 'declared' | 'first run' | 'seen'
  /** A number that is declared may be written 61,5. */
  readonly decimalComma: boolean
}

const columnTypes: Readonly<Record<ValueType, ColumnType>> = { text: 'category', integer: 'int32', number: 'float64', boolean: 'bool' }

const largestInteger = 0x7fff_ffff

/** The type of a column: declared, else as the output knows it, else what all its values are. */
export function columnOf(
  name: string,
  { rows, decimalComma }: Table,
  file: string,
  declared: ValueTypes,
  known: ValueTypes,
): CarriedColumn {
  const by = Object.hasOwn(declared, name) ? 'declared' : Object.hasOwn(known, name) ? 'first run' : 'seen'
  const value = { ...known, ...declared }[by === 'seen' ? '' : name] ?? seenType(rows.map((row) => row.values[name] ?? ''))
  return { name, value, by, decimalComma, type: columnTypes[value], nullable: true, about: `Carried from the column ${name} of ${file}.` }
}

function seenType(values: readonly string[]): ValueType {
  const there = values.filter((value) => value !== '')
  return there.length > 0 && there.every(comesBack) ? 'number' : 'text'
}

/** True when the number says all that the text says: `007`, `1.10`, `1E05`, `+1`, `-0` and 19 digits say more. */
export const comesBack = (text: string): boolean =>
  /^-?\d+(\.\d+)?$/.test(text) && String(Number(text)) === text && (text.includes('.') || Number.isSafeInteger(Number(text)))

/** The values of one line. Throws PipelineError where one does not fit its column. */
export function carriedOf(columns: readonly CarriedColumn[], row: TableRow): Readonly<Record<string, PatchNote>> {
  return Object.fromEntries(columns.map((column) => [column.name, noteOf(column, row.values[column.name] ?? '')]))
}

function noteOf(column: CarriedColumn, text: string): PatchNote {
  if (text === '') return null
  const note = read(column.decimalComma && column.value === 'number' ? withPoint(text) : text, column.value)
  if (note === undefined || (column.by !== 'declared' && column.value === 'number' && !comesBack(text))) throw misfit(column, text)
  return note
}

/** Whether a column that is declared so takes the text. */
export const readsAs = (text: string, type: ValueType, decimalComma: boolean): boolean =>
  read(decimalComma ? withPoint(text) : text, type) !== undefined

/** The value that a text is when its type was declared; undefined when it is none. */
function read(text: string, type: ValueType): PatchNote | undefined {
  switch (type) {
    case 'text':
      return text
    case 'integer':
      return /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) <= largestInteger ? Number(text) + 0 : undefined
    case 'number': {
      const value = Number(text)
      if (!isDecimal(text) || !Number.isFinite(value)) return undefined
      return !/^[+-]?\d+$/.test(text) || BigInt(text.replace('+', '')) === BigInt(value) ? value : undefined
    }
    case 'boolean':
      return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined
  }
}

const whatIs: Readonly<Record<ValueType, string>> = {
  text: 'text',
  integer: `an integer within ±${largestInteger}`,
  number: 'a number that keeps all its digits',
  boolean: 'true or false',
}

/** `61,5` as `61.5`: for lists in which a comma separates no columns. */
export const withPoint = (text: string): string => (/^[+-]?\d*,\d+$/.test(text) ? text.replace(',', '.') : text)

function misfit({ name, value, by, decimalComma }: CarriedColumn, text: string): PipelineError {
  const who = by === 'declared' ? 'columns: says' : 'the first run into this output took it for'
  const asText = `columns: { ${name}: text } keeps it as it is written`
  const meant =
    by !== 'declared' && read(decimalComma ? withPoint(text) : text, value) !== undefined
      ? `columns: { ${name}: ${value} } takes it for one; `
      : ''
  const again = by === 'declared' ? '' : ', with --redo or another output'
  return new PipelineError('LIST_INVALID', `${name} is '${text}', which is not ${whatIs[value]}, as ${who} of this column`, {
    hint: `${meant}${asText}${again}`,
  })
}
