/** Values of a column without nulls as bytes of a page, and the smallest and the largest of them. Numbers are not copied: they are little-endian already. */

import { bitAt, bitsFrom, type ColumnData, type DataOf } from '../../core/batch.js'
import { bytesOf } from '../../core/bytes-of.js'

/** Of some values. Text is compared, and so kept, as bytes of UTF-8. */
export interface Bounds {
  /** Undefined where there is no value but NaN. */
  readonly min: number | boolean | Uint8Array | undefined
  readonly max: number | boolean | Uint8Array | undefined
  /** Of floats. */
  readonly nans?: number
}

type Numbers = Int32Array | Float32Array | Float64Array

/** Encoding PLAIN of the values from `from` up to `to`. */
export function plain(column: ColumnData, from: number, to: number): Uint8Array {
  switch (column.type) {
    case 'int32':
    case 'float32':
    case 'float64':
      return bytesOf(column.values.subarray(from, to))
    case 'bool':
      return bitsFrom(to - from, (i) => bitAt(column.values, from + i))
    case 'string':
    case 'category':
      return lengthAndText(Array.from({ length: to - from }, (_, i) => textAt(column, from + i)))
    case 'vector':
      return bytesOf(column.values.subarray(from * column.size, to * column.size))
  }
}

/** UTF-8. */
function textAt(column: DataOf<'string'> | DataOf<'category'>, i: number): Uint8Array {
  if (column.type === 'string') return column.bytes.subarray(column.offsets[i]!, column.offsets[i + 1]!)
  return Buffer.from(column.words[column.codes[i]!]!, 'utf8')
}

function lengthAndText(texts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + 4 + text.length, 0))
  let at = 0
  for (const text of texts) {
    at = bytes.writeUInt32LE(text.length, at)
    bytes.set(text, at)
    at += text.length
  }
  return bytes
}

/** Of the values from `from` up to `to`. */
export function boundsOf(column: ColumnData, from: number, to: number): Bounds {
  switch (column.type) {
    case 'int32': {
      const { min, max } = numberBounds(column.values, from, to)
      return { min, max }
    }
    case 'float32':
    case 'float64':
      return numberBounds(column.values, from, to)
    case 'bool':
      return boolBounds(column, from, to)
    case 'string':
      return textBounds(Array.from({ length: to - from }, (_, i) => textAt(column, from + i)))
    case 'category':
      return textBounds([...new Set(column.codes.subarray(from, to))].map((code) => Buffer.from(column.words[code]!, 'utf8')))
    case 'vector':
      return none
  }
}

const none: Bounds = { min: undefined, max: undefined }

function numberBounds(values: Numbers, from: number, to: number): Bounds {
  let [min, max, nans] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (value < min) min = value
    if (value > max) max = value
    if (Number.isNaN(value)) nans++
  }
  if (min > max) return { ...none, nans }
  // The format asks for it: -0 and 0 are one number, whatever the bits of the bound.
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max, nans }
}

function boolBounds({ values }: DataOf<'bool'>, from: number, to: number): Bounds {
  if (from === to) return none
  let set = 0
  for (let i = from; i < to; i++) if (bitAt(values, i)) set++
  return { min: set === to - from, max: set > 0 }
}

function textBounds(texts: readonly Uint8Array[]): Bounds {
  let [min, max] = [texts[0], texts[0]]
  for (const text of texts) {
    if (Buffer.compare(text, min!) < 0) min = text
    if (Buffer.compare(text, max!) > 0) max = text
  }
  return { min, max: max ?? min }
}

const below = (a: Bounds['min'], b: Bounds['min']): boolean =>
  a instanceof Uint8Array ? Buffer.compare(a, b as Uint8Array) < 0 : (a as number) < (b as number)

/** Of all pages together. */
export function joined(all: readonly Bounds[]): Bounds {
  let [min, max]: Bounds['min'][] = []
  let nans = 0
  for (const one of all) {
    nans += one.nans ?? 0
    if (one.min === undefined) continue
    if (min === undefined || below(one.min, min)) min = one.min
    if (max === undefined || below(max, one.max)) max = one.max
  }
  return { min, max, ...(all.some((one) => one.nans !== undefined) ? { nans } : {}) }
}

/** How the bounds of pages go on: rising, falling, or neither. */
export function orderOf(all: readonly Bounds[]): 'ASCENDING' | 'DESCENDING' | 'UNORDERED' {
  const known = all.filter(({ min }) => min !== undefined)
  const pairs = known.slice(1).map((next, i) => [known[i]!, next] as const)
  if (pairs.every(([a, b]) => !below(b.min, a.min) && !below(b.max, a.max))) return 'ASCENDING'
  return pairs.every(([a, b]) => !below(a.min, b.min) && !below(a.max, b.max)) ? 'DESCENDING' : 'UNORDERED'
}
