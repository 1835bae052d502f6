/** Batches as Arrow record batches, made of the same memory. apache-arrow's doorway: only this folder knows the package. */

import {
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeList,
  Float16,
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
import { type Batch, type ColumnData, type DataOf, hasValue, nullsIn } from '../../core/batch.js'
import { stringsOf } from '../../core/batches/rows-of.js'
import type { Column } from '../../core/row.js'

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
      return new FixedSizeList(column.size!, new Field('item', column.element === 'float16' ? new Float16() : new Float32(), false))
  }
}

/** Makes record batch after record batch; the words of a category are numbered in the order they come and each is written when it comes (a delta). */
export function batcher(schema: Schema) {
  const words = schema.fields.map(() => new Words())
  return ({ length, columns }: Batch): RecordBatch => {
    const children = columns.map((column, c) => arrowOf(column, length, schema.fields[c]!.type, words[c]!))
    return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }))
  }
}

function arrowOf(column: ColumnData, length: number, type: DataType, words: Words): Data {
  const common = { length, nullCount: nullsIn(column, length), nullBitmap: column.valid ?? undefined }
  switch (column.type) {
    case 'int32':
      return makeData({ ...common, type: type as Int32, data: column.values })
    case 'float32':
      return makeData({ ...common, type: type as Float32, data: column.values })
    case 'float64':
      return makeData({ ...common, type: type as Float64, data: column.values })
    case 'bool':
      return makeData({ ...common, type: type as Bool, data: column.values })
    case 'string':
      return makeData({ ...common, type: type as Utf8, valueOffsets: column.offsets, data: column.bytes })
    case 'category':
      return makeData({ ...common, type: type as Dictionary, data: words.numbersOf(column), dictionary: words.vector() })
    case 'vector': {
      return makeData({ ...common, type: type as FixedSizeList, child: numbersOf(column.values) })
    }
  }
}

function numbersOf(values: Float32Array | Uint16Array): Data {
  const common = { length: values.length, nullCount: 0 }
  if (values instanceof Float32Array) return makeData({ ...common, type: new Float32(), data: values })
  return makeData({ ...common, type: new Float16(), data: values })
}

/** In one chunk. */
export function wordsTogether(words: Iterable<string | null>): Data<Utf8> {
  const { offsets, bytes } = stringsOf([...words])
  return makeData({ type: new Utf8(), length: offsets.length - 1, nullCount: 0, valueOffsets: offsets, data: bytes })
}

/** The words of one category seen so far: a chunk for each batch that brought new ones. */
class Words {
  readonly #numbers = new Map<string, number>()
  readonly #chunks: Data<Utf8>[] = []
  #fresh: string[] = []

  /** The codes of a batch by the numbers of the file: the order of a batch's own words says nothing. */
  numbersOf(column: DataOf<'category'>): Int32Array {
    const { codes, words } = column
    const known = new Int32Array(words.length).fill(-1)
    return codes.map((code, i) => {
      if (!hasValue(column, i)) return 0
      if (known[code] === -1) known[code] = this.#number(words[code]!)
      return known[code]!
    })
  }

  #number(word: string): number {
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
      this.#chunks.push(wordsTogether(this.#fresh))
      this.#fresh = []
    }
    return new Vector(this.#chunks)
  }
}
