/** Opens the parquet sink with the engine that was asked for. */

import type { Writable } from 'node:stream'
import type { SinkContext } from '../../core/sink.js'
import { OutputFile } from '../common/file.js'
import { rowSink } from '../common/row-sink.js'
import { groupRows } from './group-rows.js'
import { hyparquetWriter, type ParquetOptions } from './table-writer.js'

export default async function openParquet(asked: ParquetOptions, context: SinkContext): Promise<Writable> {
  const options = { ...asked, row_group: groupRows(asked.row_group, context.columns) }
  // The engine first: when it is absent, no file is touched.
  const parquetjs = options.engine === 'parquetjs' ? await (await import('./parquetjs.js')).loadParquetjs(options, context) : null
  const file = await OutputFile.open(context.path)
  const writer = (parquetjs ?? hyparquetWriter)(file, options, context)
  return rowSink({
    columns: context.columns,
    every: options.row_group,
    write: writer.write,
    finish: async () => {
      await writer.footer()
      await file.finish()
    },
    close: () => file.close(),
  })
}
