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

/** How many rows have no value. */
export function nullsIn({ valid }: ColumnData, length: number): number {
  if (valid === null) return 0
  let nulls = 0
  for (let i = 0; i < length; i++) if (!bitAt(valid, i)) nulls++
  return nulls
}

/** The buffers of a batch, each once, for a transfer list. A view on part of a larger buffer is not among them: it is copied with the message. */
export function buffersOf({ columns }: Batch): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  for (const column of columns) {
    for (const view of viewsOf(column)) {
      if (view.byteLength > 0 && view.byteLength === view.buffer.byteLength) buffers.add(view.buffer as ArrayBuffer)
    }
  }
  return [...buffers]
}

/** The typed arrays of a column. */
function viewsOf(column: ColumnData): ArrayBufferView[] {
  const valid = column.valid ? [column.valid] : []
  if (column.type === 'string') return [...valid, column.offsets, column.bytes]
  return [...valid, column.type === 'category' ? column.codes : column.values]
}

/** About how many bytes a batch holds. */
export const bytesOf = ({ columns }: Batch): number =>
  columns.reduce((sum, column) => sum + viewsOf(column).reduce((bytes, view) => bytes + view.byteLength, 0), 0)
