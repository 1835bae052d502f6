/** A table that tiastream wrote: its columns, what made it, and its rows. */

import { rowsIn } from '../../core/batches/batches-of.js'
import type { Column, Row } from '../../core/row.js'
import type { TableMetadata } from '../common/metadata.js'
import { openParquetFile } from './open.js'
import { metadataOfFile } from './own-metadata.js'
import { readBatches } from './read-columns.js'

export interface Table {
  readonly path: string
  readonly columns: readonly Column[]
  readonly metadata: TableMetadata
  readonly count: number
  /** All rows in the order of the file, exactly as they went in; may be asked for more than once. Holds one row group. */
  readonly rows: AsyncIterable<Row>
}

export async function openParquet(path: string): Promise<Table> {
  const file = await openParquetFile(path)
  await file.close()
  const metadata = metadataOfFile(file)
  const columns: readonly Column[] = metadata.columns
  return {
    path,
    columns,
    metadata,
    count: Number(file.metadata.num_rows),
    rows: { [Symbol.asyncIterator]: () => rowsIn(columns, readBatches(path, columns)) },
  }
}
