/**
 * Whether a Parquet file is laid out as its tiastream metadata says: the schema our columns make, every column once in every row
 * group. A damaged footer is found here, before hyparquet starts reads whose failures nobody would hear of.
 */

import type { FileMetaData, SchemaElement } from 'hyparquet'
import type { Column } from '../../core/row.js'
import { largestGroup } from '../common/group-rows.js'
import { leafOf, schemaOf } from './schema.js'

/** What is wrong with the layout, as the end of a sentence about the file; null when nothing is. */
export function layoutProblem(metadata: FileMetaData, columns: readonly Column[]): string | null {
  const shape = (['list', 'binary'] as const).find((embeddings) => sameSchema(metadata.schema, schemaOf(columns, embeddings)))
  if (!shape) return 'has other columns than its metadata names'
  const leaves = columns.map((column) => leafOf(column, shape))
  let rows = 0
  for (const [g, group] of metadata.row_groups.entries()) {
    const count = Number(group.num_rows)
    if (!(count >= 0 && count <= largestGroup)) return `has a row group of ${group.num_rows} rows, more than tiastream writes`
    rows += count
    if (group.columns.length !== leaves.length) return `has ${group.columns.length} columns in row group ${g}, not ${leaves.length}`
    for (const [c, leaf] of leaves.entries()) {
      const found = group.columns[c]!.meta_data?.path_in_schema
      if (!found || found.join('\0') !== leaf.join('\0')) return `has no column '${leaf[0]}' where row group ${g} should hold it`
      const most = count * (shape === 'list' ? (columns[c]!.size ?? 1) : 1)
      const values = group.columns[c]!.meta_data!.num_values
      if (!(values >= 0 && values <= most)) return `claims ${values} values of column '${leaf[0]}' for ${count} rows`
    }
  }
  return rows === Number(metadata.num_rows) ? null : `says it holds ${metadata.num_rows} rows, but its row groups hold ${rows}`
}

/** What decides how values are read; engines differ in the rest. */
const facts = ['name', 'type', 'repetition_type', 'num_children', 'converted_type'] as const

function sameSchema(found: readonly SchemaElement[], wanted: readonly SchemaElement[]): boolean {
  if (found.length !== wanted.length) return false
  return wanted.every((element, i) => {
    const fixed = element.type === 'FIXED_LEN_BYTE_ARRAY' && found[i]!.type_length !== element.type_length
    return !fixed && facts.every((fact) => (i === 0 && fact !== 'num_children') || found[i]![fact] === element[fact])
  })
}
