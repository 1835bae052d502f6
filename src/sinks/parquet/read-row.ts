/** One row of a table by its number: only the row group that holds it is read. */

import { rowsOf } from '../../core/batches/rows-of.js'
import type { Column, Row } from '../../core/row.js'
import { openParquetFile } from './open.js'
import { metadataOfFile } from './own-metadata.js'
import { batchAt } from './read-columns.js'

/** Throws TABLE_FOREIGN or TABLE_UNREADABLE; null when the table has no such row. */
export async function readRow(path: string, number: number): Promise<Row | null> {
  const file = await openParquetFile(path)
  try {
    const columns = metadataOfFile(file).columns as readonly Column[]
    if (!(Number.isInteger(number) && number >= 0 && number < Number(file.metadata.num_rows))) return null
    return rowsOf(columns, await batchAt(file, columns, number, 1))[0]!
  } finally {
    await file.close()
  }
}
