/** A column of a batch, filled with the values that hyparquet hands on piece by piece: no object a row, and numbers go as they lie. */

import { bitsFor, type ColumnData, setBit } from '../../core/batch.js'
import { numberOf, stringsOf } from '../../core/batches/rows-of.js'
import type { Column } from '../../core/row.js'
import { toHalf } from '../../geometry/half.js'
import { vectorOf } from './vector-of.js'

export interface Filling {
  /** The values of rows `at` and on; those outside of the batch are left out. Throws TABLE_UNREADABLE. */
  readonly put: (values: ArrayLike<unknown>, at: number) => void
  readonly data: () => ColumnData
}

/** `path`: of the table, for the message. */
export function fillingOf(path: string, column: Column, length: number): Filling {
  const present = new Present(length)
  const data = (rest: object) => ({ ...rest, valid: column.nullable === true ? present.valid() : null }) as ColumnData
  const each = (set: (i: number, value: unknown) => void): Filling['put'] => {
    return (values, at) => {
      for (let i = Math.max(0, -at), to = Math.min(values.length, length - at); i < to; i++) {
        const value = values[i]
        if (value === null || value === undefined) continue
        set(at + i, value)
        present.add(at + i)
      }
    }
  }
  switch (column.type) {
    case 'int32':
    case 'float32':
    case 'float64': {
      const values = new numbers[column.type](length)
      const set = (i: number, value: unknown) => {
        values[i] = value as number
      }
      return { put: each(set), data: () => data({ type: column.type, values }) }
    }
    case 'bool': {
      const values = bitsFor(length)
      const set = (i: number, value: unknown) => {
        if (value === true) setBit(values, i)
      }
      return { put: each(set), data: () => data({ type: 'bool', values }) }
    }
    case 'string': {
      const texts = new Array<string | null>(length).fill(null)
      const set = (i: number, value: unknown) => {
        texts[i] = value as string
      }
      return { put: each(set), data: () => data(stringsOf(texts)) }
    }
    case 'category': {
      const codes = new Int32Array(length)
      const known = new Map<string, number>()
      const set = (i: number, value: unknown) => {
        codes[i] = numberOf(known, value as string)
      }
      return { put: each(set), data: () => data({ type: 'category', codes, words: [...known.keys()] }) }
    }
    case 'vector': {
      const { size = 0 } = column
      const values = column.element === 'float16' ? new Uint16Array(length * size) : new Float32Array(length * size)
      const set = (i: number, value: unknown) => {
        const vector = vectorOf(path, value, column)
        values.set(values instanceof Uint16Array ? Uint16Array.from(vector, toHalf) : vector, i * size)
      }
      return { put: each(set), data: () => data({ type: 'vector', size, values }) }
    }
  }
}

const numbers = { int32: Int32Array, float32: Float32Array, float64: Float64Array }

/** Which rows have a value. */
class Present {
  readonly #bits: Uint8Array
  #count = 0

  constructor(readonly length: number) {
    this.#bits = bitsFor(length)
  }

  add(i: number): void {
    setBit(this.#bits, i)
    this.#count++
  }

  valid(): Uint8Array | null {
    return this.#count === this.length ? null : this.#bits
  }
}
