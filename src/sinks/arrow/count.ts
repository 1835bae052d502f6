/** How many rows a finished Arrow file holds: the sum over its record batches. What they say of themselves is read, not the rows. */

import { open } from 'node:fs/promises'
import { AsyncRecordBatchFileReader, Message, RecordBatchReader } from 'apache-arrow'
import { SinkError } from '../../core/errors.js'

/** Before the metadata of a message: the continuation marker and the length. */
const prefix = 8

export default async function countRows(path: string): Promise<number> {
  const handle = await open(path, 'r')
  try {
    const reader = await RecordBatchReader.from(handle)
    if (!(reader instanceof AsyncRecordBatchFileReader)) throw new Error('it is an Arrow stream, or nothing of Arrow')
    await reader.open()
    const { size } = await handle.stat()
    let rows = 0
    for (const { offset, metaDataLength, bodyLength } of reader.footer!.recordBatches()) {
      if (offset + metaDataLength + bodyLength > size) throw new Error('a record batch lies beyond its end')
      const bytes = Buffer.alloc(metaDataLength)
      const { bytesRead } = await handle.read(bytes, 0, metaDataLength, offset)
      if (bytesRead < metaDataLength) throw new Error('it ended while it was read')
      const message = Message.decode(bytes.subarray(prefix))
      if (!message.isRecordBatch() || message.bodyLength !== bodyLength)
        throw new Error('its footer speaks of record batches that are none')
      rows += Number(message.header().length)
    }
    return rows
  } catch (cause) {
    throw new SinkError('OUTPUT_BROKEN', `${path} is no whole Arrow file`, { cause })
  } finally {
    await handle.close()
  }
}
