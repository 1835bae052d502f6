/** Columns as Parquet schema elements. */

import type { SchemaElement } from 'hyparquet'
import type { Column } from '../../core/row.js'
import type { Embeddings } from './vector-pages.js'

export function schemaOf(columns: readonly Column[], embeddings: Embeddings): SchemaElement[] {
  return [{ name: 'root', num_children: columns.length }, ...columns.flatMap((column) => elementsOf(column, embeddings))]
}

function elementsOf(column: Column, embeddings: Embeddings): SchemaElement[] {
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
      if (embeddings === 'binary') return [{ name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: vectorBytes(column), repetition_type }]
      // The three-level LIST of the Parquet specification: name → list → element.
      return [
        { name, repetition_type, converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', ...numberOf(column), repetition_type: 'REQUIRED' },
      ]
  }
}

const numberOf = ({ element }: Column): Pick<SchemaElement, 'type' | 'type_length' | 'logical_type'> =>
  element === 'float16' ? { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } } : { type: 'FLOAT' }

/** Of one vector. */
export const vectorBytes = ({ size = 0, element }: Column): number => size * (element === 'float16' ? 2 : 4)

/** What a path in the footer calls the values of a column. */
export const leafOf = ({ name, type }: Column, embeddings: Embeddings): string[] =>
  type === 'vector' && embeddings === 'list' ? [name, 'list', 'element'] : [name]
