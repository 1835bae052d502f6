/**
 * Engine hyparquet-writer: row groups are encoded in memory and written to the file before the next is taken. What readers prune by is
 * there: whole minima and maxima, indexes of pages, a bloom filter of the slide's id, and the order of the rows.
 */

import type { FileMetaData, KeyValue, SchemaElement } from 'hyparquet'
import { ByteWriter, type ColumnSource, ParquetWriter, type Writer } from 'hyparquet-writer'
import type { SinkContext } from '../../core/sink.js'
import type { OutputFile } from '../common/file.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { codecs, compressors } from './compress.js'

export interface Encoder {
  /** One row group; on the disk's side when it resolves. */
  readonly group: (columns: ColumnSource[], rows: number) => Promise<void>
  /** The footer. Metadata given here is added to that of every table. */
  readonly footer: (extra?: readonly KeyValue[]) => Promise<void>
}

/** Bytes of a page: some 16,000 numbers, so that a group of 65,536 rows has several and an index of them says something. */
const pageSize = 65_536

/** Ids and names are shorter; a longer text is cut, and its bound stays one. */
const statisticsTruncateLength = 256

export function encoder(file: OutputFile, schema: SchemaElement[], compression: keyof typeof codecs, context: SinkContext): Encoder {
  const buffer = new ByteWriter()
  const flush = async () => {
    const bytes = buffer.getBytes()
    buffer.index = 0
    await file.write(bytes)
  }
  const metadata = [{ key: metadataKey, value: JSON.stringify(metadataOf(context)) }]
  const parquet = new ParquetWriter({
    writer: buffer as Writer,
    schema,
    codec: codecs[compression],
    compressors,
    statisticsTruncateLength,
    kvMetadata: metadata,
    // The form that the format asks for: readers tell faulty writers by it.
    createdBy: `tiastream version ${context.provenance.tiastreamVersion}`,
  })
  const groups: FileMetaData['row_groups'] = parquet.row_groups
  const leaves = schema.filter(({ type }) => type !== undefined)
  const sortedBy = leaves.findIndex(({ name }) => name === 'index')
  return {
    async group(columns, rows) {
      const indexed = columns.map((column) => ({
        ...column,
        columnIndex: column.statistics !== false,
        bloomFilter: column.name === 'slide',
      }))
      await parquet.write({ columnData: indexed, rowGroupSize: rows, pageSize })
      // A user's function may have put them in another order.
      if (sortedBy >= 0 && rises(columns.find(({ name }) => name === 'index')!.data))
        groups.at(-1)!.sorting_columns = [{ column_idx: sortedBy, descending: false, nulls_first: false }]
      await flush()
    },
    async footer(extra = []) {
      parquet.kvMetadata = [...metadata, ...extra]
      const begin = buffer.index
      await parquet.finish()
      if (groups.length === 0) typeEmptyList(buffer.getBytes().subarray(begin))
      await flush()
    },
  }
}

function rises(values: ColumnSource['data']): boolean {
  for (let i = 1; i < values.length; i++) if (!(values[i - 1] < values[i])) return false
  return true
}

/**
 * A table without rows has an empty list of row groups. hyparquet-writer 0.17 takes the type of a list's elements from the first one, and
 * writes "byte" where there is none; readers on the Rust crate refuse that. In Thrift's compact protocol:
 *
 *     16 00   field 3, i64: no rows
 *     19 0t   field 4, list: no elements of type t; 3 is byte, C is struct
 */
function typeEmptyList(footer: Uint8Array): void {
  const bytes = Buffer.from(footer.buffer, footer.byteOffset, footer.byteLength)
  // The texts behind it hold no such bytes.
  const at = bytes.lastIndexOf(Buffer.from([0x16, 0x00, 0x19]))
  if (at >= 0 && bytes[at + 3]! >> 4 === 0) bytes[at + 3] = 0x0c
}
