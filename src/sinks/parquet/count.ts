/** How many rows a finished Parquet file holds, from its footer. */

import { openParquetFile } from './open.js'

export default async function countRows(path: string): Promise<number> {
  const file = await openParquetFile(path)
  await file.close()
  return Number(file.metadata.num_rows)
}
