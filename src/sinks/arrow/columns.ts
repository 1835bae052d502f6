/** Rows as Arrow record batches. apache-arrow's doorway: only this folder knows the package. */

import {
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  Vector,
} from 'apache-arrow'
import type { Column, Row, Value } from '../../core/row.js'
import { type ColumnValues, valuesOf } from '../common/values.js'

/** `metadata` is the text of the whole table; the sentence of each column is beside its field. */
export function schemaOf(columns: readonly Column[], metadata: ReadonlyMap<string, string> = new Map()): Schema {
  const fields = columns.map(
    (column, id) => new Field(column.name, typeOf(column, id), column.nullable === true, new Map([['about', column.about]])),
  )
  return new Schema(fields, new Map(metadata))
}

/** The id of a dictionary is the column's place: apache-arrow would count on across files. */
function typeOf(column: Column, id: number): DataType {
  switch (column.type) {
    case 'int32':
      return new Int32()
    case 'float32':
      return new Float32()
    case 'float64':
      return new Float64()
    case 'bool':
      return new Bool()
    case 'string':
      return new Utf8()
    case 'category':
      return new Dictionary(new Utf8(), new Int32(), id, false)
    case 'vector':
      return new FixedSizeList(column.size!, new Field('item', new Float32(), false))
  }
}

/** Makes batch after batch; the words of a category are numbered in the order they come and each is written once (a delta). */
export function batcher(columns: readonly Column[], schema: Schema) {
  const words = columns.map(() => new Words())
  let first = 0
  return (rows: readonly Row[]): RecordBatch => {
    const length = rows.length
    const children = columns.map((column, c) => dataOf(column, schema.fields[c]!.type, valuesOf(column, rows, first), words[c]!))
    first += length
    return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }))
  }
}

function dataOf(column: Column, type: DataType, values: ColumnValues, words: Words): Data {
  const length = values.length
  const { nullCount, nullBitmap } = Array.isArray(values) ? nulls(values) : { nullCount: 0, nullBitmap: undefined }
  const common = { length, nullCount, nullBitmap }
  switch (column.type) {
    case 'int32':
      return makeData({ ...common, type: type as Int32, data: values instanceof Int32Array ? values : Int32Array.from(zeroed(values)) })
    case 'float32':
      return makeData({
        ...common,
        type: type as Float32,
        data: values instanceof Float32Array ? values : Float32Array.from(zeroed(values)),
      })
    case 'float64':
      return makeData({
        ...common,
        type: type as Float64,
        data: values instanceof Float64Array ? values : Float64Array.from(zeroed(values)),
      })
    case 'bool':
      return makeData({ ...common, type: type as Bool, data: bits(length, (i) => values[i] === true) })
    case 'string':
      return makeData({ ...common, type: type as Utf8, ...utf8(values as readonly (string | null)[]) })
    case 'category': {
      const data = Int32Array.from(values as readonly (string | null)[], (word) => (word === null ? 0 : words.number(word)))
      return makeData({ ...common, type: type as Dictionary, data, dictionary: words.vector() })
    }
    case 'vector': {
      const size = column.size!
      const data = new Float32Array(length * size)
      for (let i = 0; i < length; i++) if (values[i] !== null) data.set(values[i] as Float32Array, i * size)
      const child = makeData({ type: new Float32(), length: data.length, nullCount: 0, data })
      return makeData({ ...common, type: type as FixedSizeList, child })
    }
  }
}

/** The words of one category seen so far: a chunk for each batch that brought new ones. */
class Words {
  readonly #numbers = new Map<string, number>()
  readonly #chunks: Data<Utf8>[] = []
  #fresh: string[] = []

  number(word: string): number {
    const known = this.#numbers.get(word)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(word, number)
    this.#fresh.push(word)
    return number
  }

  /** Chunks already written stay the same objects: that is how the writer knows them. */
  vector(): Vector<Utf8> {
    if (this.#fresh.length > 0 || this.#chunks.length === 0) {
      this.#chunks.push(makeData({ type: new Utf8(), length: this.#fresh.length, nullCount: 0, ...utf8(this.#fresh) }))
      this.#fresh = []
    }
    return new Vector(this.#chunks)
  }
}

const zeroed = (values: ArrayLike<Value>): ArrayLike<number> => Array.from(values, (value) => (value === null ? 0 : (value as number)))

function nulls(values: readonly Value[]): { readonly nullCount: number; readonly nullBitmap: Uint8Array | undefined } {
  let nullCount = 0
  for (const value of values) if (value === null) nullCount++
  return nullCount === 0 ? { nullCount, nullBitmap: undefined } : { nullCount, nullBitmap: bits(values.length, (i) => values[i] !== null) }
}

/** Arrow bitmaps: bit i of byte i ÷ 8, lowest first; padded to 8 bytes. */
function bits(length: number, isSet: (index: number) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(length / 64) * 8)
  for (let i = 0; i < length; i++) if (isSet(i)) bytes[i >> 3]! |= 1 << (i & 7)
  return bytes
}

function utf8(values: readonly (string | null)[]): { readonly valueOffsets: Int32Array; readonly data: Uint8Array } {
  const valueOffsets = new Int32Array(values.length + 1)
  let bytes = 0
  for (let i = 0; i < values.length; i++) {
    bytes += values[i] === null ? 0 : Buffer.byteLength(values[i]!, 'utf8')
    valueOffsets[i + 1] = bytes
  }
  const data = Buffer.alloc(bytes)
  for (let i = 0; i < values.length; i++) if (values[i]) data.write(values[i]!, valueOffsets[i]!, 'utf8')
  return { valueOffsets, data }
}
