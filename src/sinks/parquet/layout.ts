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
  if (!shape) return `has other columns than its metadata names: ${difference(metadata.schema, columns)}`
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

/** The first column that is not as the metadata says. */
function difference([root, ...elements]: readonly SchemaElement[], columns: readonly Column[]): string {
  const found: SchemaElement[][] = []
  for (let at = 0; at < elements.length && found.length < (root?.num_children ?? 0); ) {
    const end = endOf(elements, at)
    found.push(elements.slice(at, end))
    at = end
  }
  const names = found.map(([first]) => first?.name)
  const [missing, more] = [
    columns.find(({ name }) => !names.includes(name)),
    names.find((name) => !columns.some((one) => one.name === name)),
  ]
  if (missing) return `'${missing.name}' is not there`
  if (more !== undefined) return `it does not name '${more}'`
  const odd = columns.findIndex((column, c) => !fits(found[c] ?? [], column))
  if (odd < 0) return 'one is there twice'
  const { name } = columns[odd]!
  if (names[odd] !== name) return `'${name}' is at another place`
  return `'${name}' is ${said(found[odd]!)}, not ${said(wantedOf(columns[odd]!, 'list'))}`
}

const wantedOf = (column: Column, embeddings: 'list' | 'binary') => schemaOf([column], embeddings).slice(1)

const fits = (found: readonly SchemaElement[], column: Column): boolean =>
  (['list', 'binary'] as const).some((embeddings) => sameSchema([{ name: '', num_children: 1 }, ...found], schemaOf([column], embeddings)))

/** The end of the elements below the one at a place. */
function endOf(elements: readonly SchemaElement[], at: number): number {
  let end = at + 1
  for (let left = elements[at]?.num_children ?? 0; left > 0 && end < elements.length; left--) end = endOf(elements, end)
  return end
}

const said = (elements: readonly SchemaElement[]): string =>
  elements
    .filter((_, i) => i === 0 || i === elements.length - 1)
    .map(({ repetition_type, converted_type, type }) => [repetition_type, type, converted_type].filter(Boolean).join(' '))
    .join(' of ')
