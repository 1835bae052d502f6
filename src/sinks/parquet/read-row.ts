/** One row of a table by its number: only the row group that holds it is read. */

import { parquetReadObjects } from 'hyparquet'
import { PipelineError } from '../../core/errors.js'
import type { Column, Row, Value } from '../../core/row.js'
import { decompressors } from './compress.js'
import { openParquetFile } from './open.js'
import { metadataOfFile } from './own-metadata.js'
import { vectorOf } from './vector-of.js'

/** Throws TABLE_FOREIGN or TABLE_UNREADABLE; null when the table has no such row. */
export async function readRow(path: string, number: number): Promise<Row | null> {
  const file = await openParquetFile(path)
  try {
    const columns = metadataOfFile(file).columns as readonly Column[]
    if (!(Number.isInteger(number) && number >= 0 && number < Number(file.metadata.num_rows))) return null
    const [record] = await parquetReadObjects({
      file,
      metadata: file.metadata,
      columns: columns.map(({ name }) => name),
      rowStart: number,
      rowEnd: number + 1,
      compressors: decompressors,
      utf8: false,
    }).catch((cause) => {
      throw new PipelineError('TABLE_UNREADABLE', `${file.path}: row ${number} cannot be read`, { cause })
    })
    return record ? rowOf(file.path, record, columns) : null
  } finally {
    await file.close()
  }
}

/** `path`: of the table, for the message. */
function rowOf(path: string, record: Readonly<Record<string, unknown>>, columns: readonly Column[]): Row {
  const row: Row = {}
  for (const column of columns) {
    const value = record[column.name] ?? null
    row[column.name] = column.type === 'vector' && value !== null ? vectorOf(path, value, column) : (value as Value)
  }
  return row
}
