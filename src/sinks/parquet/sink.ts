/** Opens the parquet sink with the engine that was asked for. */

import type { Writable } from 'node:stream'
import type { SinkContext } from '../../core/sink.js'
import { batchSink } from '../common/batch-sink.js'
import { OutputFile } from '../common/file.js'
import { groupRows } from '../common/group-rows.js'
import { encoder } from './hyparquet.js'
import type { ParquetOptions, TableWriter } from './table-writer.js'

export default async function openParquet(asked: ParquetOptions, context: SinkContext): Promise<Writable> {
  const options = { ...asked, row_group: groupRows(asked.row_group, context.columns) }
  // The engine first: when it is absent, no file is touched.
  const parquetjs = options.engine === 'parquetjs' ? await (await import('./parquetjs.js')).loadParquetjs(options, context) : null
  const file = await OutputFile.open(context.path)
  const writer: TableWriter = (parquetjs ?? encoder)(file, options, context)
  return batchSink({
    every: options.row_group,
    write: writer.group,
    finish: async () => {
      await writer.footer()
      await file.finish()
    },
    close: () => file.close(),
  })
}
