/** A table whose rows are few, and whose columns may be of more types than those of patches: what is said of a whole cohort. hyparquet-writer makes its pages. */

import type { SchemaElement } from 'hyparquet'
import { type ColumnSource, ParquetWriter, type Writer } from 'hyparquet-writer'
import type { OutputFile } from '../common/file.js'
import { longestBound } from './chunk.js'
import { Tail } from './footer.js'
import { createdBy } from './hyparquet.js'

export type SmallValue = string | number | boolean | null

export interface SmallColumn {
  readonly name: string
  readonly type: 'string' | 'int64' | 'double' | 'bool'
  readonly nullable: boolean
}

export interface SmallTable {
  readonly columns: readonly SmallColumn[]
  /** Each as long as there are columns; in the order of the first column, which is of distinct texts, by their bytes of UTF-8. */
  readonly rows: readonly (readonly SmallValue[])[]
  readonly metadata: readonly { readonly key: string; readonly value: string }[]
  readonly tiastreamVersion: string
}

/** Rows of a row group. */
const groupRows = 16_384

/** Writes all of it; the file is then on the disk, and closed. Throws SinkError. */
export async function writeSmallTable(file: OutputFile, { columns, rows, metadata, tiastreamVersion }: SmallTable): Promise<void> {
  const tail = new Tail(file)
  const parquet = new ParquetWriter({
    writer: tail.buffer as Writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(elementOf)],
    codec: 'SNAPPY',
    statisticsTruncateLength: longestBound,
    kvMetadata: [...metadata],
    createdBy: createdBy(tiastreamVersion),
  })
  for (let from = 0; from < rows.length; from += groupRows) {
    const some = rows.slice(from, from + groupRows)
    const columnData = columns.map(({ name, type }, c): ColumnSource => {
      const data = some.map((row) => asWritten(type, row[c]!))
      return { name, data, columnIndex: some.length > 1, bloomFilter: c === 0 }
    })
    await parquet.write({ columnData, rowGroupSize: groupRows })
    parquet.row_groups.at(-1)!.sorting_columns = [{ column_idx: 0, descending: false, nulls_first: false }]
    await tail.flush()
  }
  await tail.finish(parquet)
  await file.finish()
}

const asWritten = (type: SmallColumn['type'], value: SmallValue) => (type === 'int64' && value !== null ? BigInt(value) : value)

function elementOf({ name, type, nullable }: SmallColumn): SchemaElement {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED'
  switch (type) {
    case 'string':
      return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, repetition_type }
    case 'int64':
      return { name, type: 'INT64', repetition_type }
    case 'double':
      return { name, type: 'DOUBLE', repetition_type }
    case 'bool':
      return { name, type: 'BOOLEAN', repetition_type }
  }
}
