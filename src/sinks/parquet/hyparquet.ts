/** Engine hyparquet-writer: row groups are encoded in memory and written to the file before the next is taken. */

import type { KeyValue, SchemaElement } from 'hyparquet'
import { ByteWriter, type ColumnSource, ParquetWriter, type Writer } from 'hyparquet-writer'
import type { OutputFile } from '../common/file.js'
import { codecs, compressors } from './compress.js'

export interface Encoder {
  /** One row group; on the disk's side when it resolves. */
  readonly group: (columns: ColumnSource[], rows: number) => Promise<void>
  /** The footer. Metadata given here is added to what the encoder was made with. */
  readonly footer: (extra?: readonly KeyValue[]) => Promise<void>
}

export function encoder(
  file: OutputFile,
  schema: SchemaElement[],
  compression: keyof typeof codecs,
  metadata: readonly KeyValue[],
): Encoder {
  const buffer = new ByteWriter()
  const flush = async () => {
    const bytes = buffer.getBytes()
    buffer.index = 0
    await file.write(bytes)
  }
  const parquet = new ParquetWriter({
    writer: buffer as Writer,
    schema,
    codec: codecs[compression],
    compressors,
    kvMetadata: [...metadata],
    createdBy: 'tiastream',
  })
  return {
    async group(columns, rows) {
      await parquet.write({ columnData: columns, rowGroupSize: rows })
      await flush()
    },
    async footer(extra = []) {
      parquet.kvMetadata = [...metadata, ...extra]
      await parquet.finish()
      await flush()
    },
  }
}
