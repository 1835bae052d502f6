/** Each value is checked against its column: no output ever holds something else than what it was given. */

import { SinkError } from '../errors.js'
import type { Column, Value } from '../row.js'

/** Where a value comes from, for the message: `row 7`, and what to do about it. */
export interface Origin {
  readonly what: string
  readonly hint: string
}

/** Returns the value, or throws ROW_INVALID. */
export function checkedValue(column: Column, value: Value | undefined, origin: () => Origin): Value {
  const fits = value === null ? column.nullable === true : value !== undefined && checks[column.type](value, column)
  if (!fits) throw refused(column, value, origin())
  return value as Value
}

/** Of a row that was made as an object. */
export const ofRow = (row: number) => (): Origin => ({
  what: `row ${row}`,
  hint: 'a rows: stage must give every column the type it declares',
})

const number = (value: Value) => typeof value === 'number'
const word = (value: Value) => typeof value === 'string'
const largestHalf = 65_504

const checks: Readonly<Record<Column['type'], (value: Value, column: Column) => boolean>> = {
  int32: (value) => typeof value === 'number' && (value | 0) === value,
  // Larger ones would become infinite without a word.
  float32: (value) => typeof value === 'number' && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value)),
  float64: number,
  string: word,
  category: word,
  bool: (value) => typeof value === 'boolean',
  vector: (value, { size, element }) =>
    value instanceof Float32Array && value.length === size && (element !== 'float16' || value.every(staysFinite)),
}

/** What is nearest to the largest half becomes that one; from the middle on it would become infinite. */
const staysFinite = (value: number) => Math.abs(value) < largestHalf + 16 || !Number.isFinite(value)

function refused(column: Column, value: Value | undefined, { what, hint }: Origin): SinkError {
  const { name, type, element, size } = column
  const kind = type === 'vector' ? `vector of ${size} numbers${element === 'float16' ? ' (float16)' : ''}` : type
  return new SinkError('ROW_INVALID', `${what}: column '${name}' is ${kind}, but holds ${shown(value, column)}`, { hint })
}

function shown(value: Value | undefined, { size }: Column): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null though it is not nullable'
  if (value instanceof Float32Array) {
    const large = value.length === size ? value.find((one) => !staysFinite(one)) : undefined
    return large === undefined ? `a vector of ${value.length} numbers` : `${large}, which is too large for it`
  }
  return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)
}
