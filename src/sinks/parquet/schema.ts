/** Columns as Parquet schema elements, and their values as hyparquet-writer wants them. */

import type { SchemaElement } from 'hyparquet'
import type { ColumnSource } from 'hyparquet-writer'
import type { Column, Row } from '../../core/row.js'
import { type ColumnValues, valuesOf } from '../common/values.js'

export interface SchemaOptions {
  readonly dictionary: 'auto' | 'off'
  readonly embeddings: 'list' | 'binary'
}

export function schemaOf(columns: readonly Column[], embeddings: SchemaOptions['embeddings']): SchemaElement[] {
  return [{ name: 'root', num_children: columns.length }, ...columns.flatMap((column) => elementsOf(column, embeddings))]
}

function elementsOf(column: Column, embeddings: SchemaOptions['embeddings']): SchemaElement[] {
  const { name } = column
  const repetition_type = column.nullable === true ? 'OPTIONAL' : 'REQUIRED'
  switch (column.type) {
    case 'int32':
      return [{ name, type: 'INT32', repetition_type }]
    case 'float32':
      return [{ name, type: 'FLOAT', repetition_type }]
    case 'float64':
      return [{ name, type: 'DOUBLE', repetition_type }]
    case 'bool':
      return [{ name, type: 'BOOLEAN', repetition_type }]
    case 'string':
    case 'category':
      // The older and the newer way to say that it is text: some readers know only one.
      return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, repetition_type }]
    case 'vector':
      if (embeddings === 'binary') return [{ name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 4 * column.size!, repetition_type }]
      // The three-level LIST of the Parquet specification: name → list → element.
      return [
        { name, repetition_type, converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
      ]
  }
}

/** One row group of one column. */
export function columnData(column: Column, rows: readonly Row[], first: number, { dictionary, embeddings }: SchemaOptions): ColumnSource {
  const { name } = column
  const values = valuesOf(column, rows, first)
  if (column.type === 'vector') {
    const shape = embeddings === 'list' ? Array.from<number> : bytesOf
    const data = (values as (Float32Array | null)[]).map((vector) => vector && shape(vector))
    return { name, data, encoding: 'PLAIN', statistics: false }
  }
  const data = values as ColumnSource['data']
  if (column.type === 'bool') return { name, data }
  if (dictionary === 'off') return { name, data, encoding: 'PLAIN' }
  // A dictionary without entries has no valid page: leave a column of nulls to the writer.
  if (column.type === 'category' && hasValue(values)) return { name, data, encoding: 'RLE_DICTIONARY' }
  return { name, data }
}

/** Little-endian, as every machine Node runs on. */
export function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
}

const hasValue = (values: ColumnValues) => values.length > 0 && Array.from(values as ArrayLike<unknown>).some((value) => value !== null)
