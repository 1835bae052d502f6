/**
 * Some rows of a table as columns, in Arrow's memory layout: what flows from a lane to a file. Plain data of typed arrays, so it crosses threads
 * by transfer, and an Arrow record batch is made of it without a copy. `rows-of.ts` makes rows of it, `rearrange.ts` parts and orders.
 */

export interface Batch {
  /** Rows. */
  readonly length: number
  /** One for each column of the table, in its order. */
  readonly columns: readonly ColumnData[]
}

interface Common {
  /** A bit for each row, least significant first, 1 where there is a value; null: there is one in every row. */
  readonly valid: Uint8Array | null
}

/** What stands where there is no value means nothing; it is zero (or the empty string) in what is made here. */
export type ColumnData = Common &
  (
    | { readonly type: 'int32'; readonly values: Int32Array }
    | { readonly type: 'float32'; readonly values: Float32Array }
    | { readonly type: 'float64'; readonly values: Float64Array }
    /** A bit for each row, as in `valid`. */
    | { readonly type: 'bool'; readonly values: Uint8Array }
    /** UTF-8 side by side; text i is from `offsets[i]` to `offsets[i + 1]`, the first begins at 0, the last ends where the bytes end. */
    | { readonly type: 'string'; readonly offsets: Int32Array; readonly bytes: Uint8Array }
    /** A word for each row by its number; the words are those of this batch alone, each once, and some may not occur. */
    | { readonly type: 'category'; readonly codes: Int32Array; readonly words: readonly string[] }
    /** `size` numbers a row, row by row: float32, or the bits of float16. */
    | { readonly type: 'vector'; readonly size: number; readonly values: Float32Array | Uint16Array }
  )

export type DataOf<T extends ColumnData['type']> = Extract<ColumnData, { readonly type: T }>

export const bitAt = (bits: Uint8Array, i: number): boolean => ((bits[i >> 3]! >> (i & 7)) & 1) === 1

export const hasValue = ({ valid }: ColumnData, i: number): boolean => valid === null || bitAt(valid, i)

/** A bitmap of so many bits. */
export const bitsFor = (length: number): Uint8Array => new Uint8Array(Math.ceil(length / 8))

export function setBit(bits: Uint8Array, i: number): void {
  bits[i >> 3]! |= 1 << (i & 7)
}

/** A bitmap of so many bits: those that are `isSet`. */
export function bitsFrom(length: number, isSet: (i: number) => boolean): Uint8Array {
  const bits = bitsFor(length)
  for (let i = 0; i < length; i++) if (isSet(i)) setBit(bits, i)
  return bits
}

/** A bitmap whose bits are `isSet`; null when all of them are set. */
export function validOf(length: number, isSet: (i: number) => boolean): Uint8Array | null {
  const bits = bitsFor(length)
  let all = true
  for (let i = 0; i < length; i++) {
    if (isSet(i)) setBit(bits, i)
    else all = false
  }
  return all ? null : bits
}

/** How many rows up to `to` have no value. */
export function nullsIn({ valid }: ColumnData, to: number, from = 0): number {
  if (valid === null) return 0
  let nulls = 0
  for (let i = from; i < to; i++) if (!bitAt(valid, i)) nulls++
  return nulls
}
