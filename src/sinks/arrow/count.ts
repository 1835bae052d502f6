/** How many rows a finished Arrow file holds: the sum over its record batches, read one by one. */

import { open } from 'node:fs/promises'
import { AsyncRecordBatchFileReader, RecordBatchReader } from 'apache-arrow'
import { SinkError } from '../../core/errors.js'

export default async function countRows(path: string): Promise<number> {
  const handle = await open(path, 'r')
  try {
    const reader = await RecordBatchReader.from(handle)
    if (!(reader instanceof AsyncRecordBatchFileReader)) throw new Error('it is an Arrow stream, or nothing of Arrow')
    let rows = 0
    for await (const batch of reader) rows += batch.numRows
    return rows
  } catch (cause) {
    throw new SinkError('OUTPUT_BROKEN', `${path} is no whole Arrow file`, { cause })
  } finally {
    await handle.close()
  }
}
