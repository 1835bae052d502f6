/** Opens the parquet sink with the engine that was asked for. */

import type { Writable } from 'node:stream'
import type { Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { OutputFile } from '../common/file.js'
import { rowSink } from '../common/row-sink.js'
import { groupRows } from './group-rows.js'
import { encoder } from './hyparquet.js'
import { columnData, schemaOf } from './schema.js'

export interface ParquetOptions {
  readonly file: string
  readonly engine: 'hyparquet' | 'parquetjs'
  readonly compression: 'snappy' | 'gzip' | 'zstd' | 'none'
  readonly row_group: number
  readonly dictionary: 'auto' | 'off'
  readonly embeddings: 'list' | 'binary'
}

export default async function openParquet(asked: ParquetOptions, context: SinkContext): Promise<Writable> {
  const options = { ...asked, row_group: groupRows(asked.row_group, context.columns) }
  // The engine first: when it is absent, no file is touched.
  const parquetjs = options.engine === 'parquetjs' ? await (await import('./parquetjs.js')).loadParquetjs(options, context) : null
  const file = await OutputFile.open(context.path)
  const writer = (parquetjs ?? hyparquetWriter)(file, options, context)
  return rowSink({
    every: options.row_group,
    write: writer.write,
    finish: async () => {
      await writer.footer()
      await file.finish()
    },
    close: () => file.close(),
  })
}

export interface TableWriter {
  readonly write: (rows: readonly Row[]) => Promise<void>
  readonly footer: () => Promise<void>
}

/** Also writes the empty table of the other engine, which has no way to. */
export function hyparquetWriter(file: OutputFile, options: ParquetOptions, context: SinkContext): TableWriter {
  const { columns } = context
  const { group, footer } = encoder(file, schemaOf(columns, options.embeddings), options.compression, context)
  let first = 0
  return {
    async write(rows) {
      await group(
        columns.map((column) => columnData(column, rows, first, options)),
        rows.length,
      )
      first += rows.length
    },
    footer: () => footer(),
  }
}
