/** What both engines are asked for and give back, and the first of them: hyparquet-writer. */

import type { Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import type { OutputFile } from '../common/file.js'
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
