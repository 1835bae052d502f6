/** Values as text: numbers in the fewest digits that read back the same, which for a float32 are fewer than JavaScript prints. */

import type { Column, Value } from '../../core/row.js'

/** A finite number as text; null for NaN and the infinities, which formats write in their own ways. */
export function numberText(value: number, type: Column['type']): string | null {
  if (!Number.isFinite(value)) return null
  if (type !== 'float32') return Object.is(value, -0) ? '0' : String(value)
  return float32Text(value)
}

/** 0.1 rather than 0.10000000149011612: nine digits always tell one float32 from the next. */
export function float32Text(value: number): string {
  const single = Math.fround(value)
  if (Number.isInteger(single) && Math.abs(single) < 2 ** 24) return String(single + 0)
  const usual = usualText(single)
  if (usual !== null) return usual
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return String(short)
  }
  return String(Number(single.toPrecision(9)))
}

const tens = Array.from({ length: 13 }, (_, k) => 10 ** k)
/** The sizes between which numbers are as a rule: where one of them begins a decade, its digits begin one place further left. */
const decades = [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000, 1e4, 1e5, 1e6]

/**
 * The same for numbers of usual size, several times faster: a float32 (24 bits) times 10^k (5^k has 28 bits where k is 12) is exact in a double, its
 * rounding too, and dividing by 10^k gives the double that the digits would be read as.
 */
function usualText(single: number): string | null {
  const size = Math.abs(single)
  if (!(size >= decades[0]! && size < decades.at(-1)!)) return null
  let decade = 0
  while (size >= decades[decade + 1]!) decade++
  // Six digits have so many places behind the point; nine have three more.
  for (let places = Math.max(0, 9 - decade), most = 12 - decade; places <= most; places++) {
    const short = Math.round(size * tens[places]!) / tens[places]!
    if (Math.fround(short) === size) return single < 0 ? `-${short}` : String(short)
  }
  return null
}

/**
 * The same for readers that learn from the first rows, or the first file, what a column is (polars, pyarrow, Hugging Face's datasets): `1.0`, since
 * whoever takes a column for whole numbers refuses the 0.5 that comes later.
 */
export function fractionText(value: number, type: Column['type']): string | null {
  const text = numberText(value, type)
  return text !== null && Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text
}

const baselinePlace = new Set(['base_x', 'base_y', 'base_w', 'base_h'])

/** Doubles of a list and of a user's function may be numbers of patients, which no reader shall find with `.0` behind them: they go out as they came. */
const tableNumber = (value: number, { name, type }: Column): string | null =>
  type === 'float32' || (type === 'float64' && baselinePlace.has(name)) ? fractionText(value, type) : numberText(value, type)

/** A vector as a JSON list. */
function vectorText(vector: Float32Array): string {
  let list = '['
  for (let i = 0; i < vector.length; i++) list += (i === 0 ? '' : ',') + (fractionText(vector[i]!, 'float32') ?? 'null')
  return `${list}]`
}

/**
 * A field of RFC 4180: quoted when it holds a comma, a quote or a line break; null is empty, the empty string is "". NaN and inf are the words that polars,
 * pandas, DuckDB and R all take for numbers: one of another makes polars take the whole column for text.
 */
export function csvField(value: Value, column: Column): string {
  if (value === null) return ''
  if (typeof value === 'number') return tableNumber(value, column) ?? (Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf')
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return csvText(value instanceof Float32Array ? vectorText(value) : value)
}

export function csvText(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A JSON value. JSON has no NaN and no infinities: they become strings nobody can mistake for a number. */
export function jsonValue(value: Value, column: Column): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return tableNumber(value, column) ?? `"${value}"`
  if (value instanceof Float32Array) return vectorText(value)
  return JSON.stringify(value)
}
