/**
 * Engine hyparquet: the pages are ours, made of the columns as they lie in memory; footer, indexes and bloom filters are hyparquet-writer's. Row
 * groups are written to the file one after another. What readers prune by is there: whole minima and maxima, indexes of pages, a bloom
 * filter of the slide's id, and the order of the rows.
 */

import type { KeyValue, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter, type Writer } from 'hyparquet-writer'
import { BloomBuilder } from 'hyparquet-writer/src/bloom.js'
import type { Batch, ColumnData, DataOf } from '../../core/batch.js'
import type { SinkContext } from '../../core/sink.js'
import type { OutputFile } from '../common/file.js'
import { joinedScalars } from '../common/join-scalars.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { type Chunk, chunkOf, longestBound, type Pages } from './chunk.js'
import { type Codec, codecs } from './compress.js'
import { scalarPages } from './scalar-pages.js'
import { leafOf, schemaOf } from './schema.js'
import { type Embeddings, vectorPages } from './vector-pages.js'

export interface Shape {
  readonly compression: keyof typeof codecs
  readonly dictionary: 'auto' | 'off'
  readonly embeddings: Embeddings
}

/** A column of bytes behind those of the table. */
export interface Added {
  readonly name: string
  readonly of: (pieces: readonly Batch[]) => DataOf<'string'>
}

export interface Encoder {
  /** One row group; on the disk's side when it resolves. */
  readonly group: (pieces: readonly Batch[], rows: number) => Promise<void>
  /** The footer. Metadata given here is added to that of every table. */
  readonly footer: (extra?: readonly KeyValue[]) => Promise<void>
}

export function encoder(file: OutputFile, shape: Shape, context: SinkContext, added?: Added): Encoder {
  const { columns, provenance } = context
  const schema = withAdded(schemaOf(columns, shape.embeddings), added)
  const leaves = schema.filter(({ type }) => type !== undefined)
  const codec = codecs[shape.compression]
  const buffer = new ByteWriter()
  const metadata = [{ key: metadataKey, value: JSON.stringify(metadataOf(context)) }]
  const parquet = new ParquetWriter({
    writer: buffer as Writer,
    schema,
    codec,
    statisticsTruncateLength: longestBound,
    kvMetadata: metadata,
    // The form that the format asks for: readers tell faulty writers by it.
    createdBy: `tiastream version ${provenance.tiastreamVersion}`,
  })
  /** What hyparquet-writer has made; it counts on from where the file ends. */
  const flush = async () => {
    const bytes = buffer.getBytes()
    buffer.index = 0
    await file.write(bytes)
  }
  const sortedBy = columns.findIndex(({ name }) => name === 'index')
  return {
    async group(pieces, rows) {
      if (parquet.row_groups.length === 0) await flush()
      const start = file.bytes
      const chunks: Chunk[] = []
      let end = start
      const put = async (pages: Pages, element: SchemaElement, path: string[], compressed: boolean) => {
        const chunk = await chunkOf(pages, { element, path, codec, compressed }, end)
        chunks.push(chunk)
        end += chunk.bytes
        await file.writeAll(chunk.pieces)
      }
      const scalars = joinedScalars(pieces)
      for (const [c, column] of columns.entries()) {
        const vector = column.type === 'vector'
        const pages = vector
          ? vectorPages(
              pieces.map((batch) => ({ length: batch.length, data: batch.columns[c] as DataOf<'vector'> })),
              column,
              shape.embeddings,
            )
          : scalarPages(scalars.columns[c]!, column, rows, shape.dictionary)
        await put(pages, leaves[c]!, leafOf(column, shape.embeddings), !vector || packsFloats(codec))
      }
      if (added) {
        const { pages } = scalarPages(added.of(pieces), {}, rows, 'off')
        await put({ pages: pages.map((page) => ({ ...page, bounds: null })), dictionary: null }, leaves.at(-1)!, [added.name], true)
      }
      for (const [c, { chunk, columnIndex, offsetIndex }] of chunks.entries()) {
        const bloomFilter = columns[c]?.name === 'slide' ? bloomOf(scalars.columns[c]!, leaves[c]!) : undefined
        const index = { ...(columnIndex ? { columnIndex } : {}), ...(bloomFilter ? { bloomFilter } : {}) }
        parquet.pendingIndexes.push({ chunk, offsetIndex, ...index })
      }
      parquet.num_rows += BigInt(rows)
      parquet.row_groups.push(groupOf(chunks, rows, end - start, rises(scalars.columns[sortedBy]) ? sortedBy : -1))
    },
    async footer(extra = []) {
      buffer.offset = parquet.row_groups.length === 0 ? buffer.offset : file.bytes
      parquet.kvMetadata = [...metadata, ...extra]
      const begin = buffer.index
      await parquet.finish()
      if (parquet.row_groups.length === 0) typeEmptyList(buffer.getBytes().subarray(begin))
      await flush()
    },
  }
}

function withAdded([root, ...elements]: readonly SchemaElement[], added: Added | undefined): SchemaElement[] {
  if (!added) return [root!, ...elements]
  const more: SchemaElement = { name: added.name, type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' }
  return [{ ...root!, num_children: root!.num_children! + 1 }, ...elements, more]
}

/** Snappy finds nothing in the numbers of a vector, and takes its time to do so. */
const packsFloats = (codec: Codec): boolean => codec === 'GZIP' || codec === 'ZSTD'

function groupOf(chunks: readonly Chunk[], rows: number, bytes: number, sortedBy: number): RowGroup {
  return {
    columns: chunks.map(({ chunk }) => chunk),
    total_byte_size: chunks.reduce((sum, { chunk }) => sum + chunk.meta_data!.total_uncompressed_size, 0n),
    num_rows: BigInt(rows),
    total_compressed_size: BigInt(bytes),
    // By the number of the leaf, of which every column has one.
    ...(sortedBy < 0 ? {} : { sorting_columns: [{ column_idx: sortedBy, descending: false, nulls_first: false }] }),
  }
}

/** A user's function may have put them in another order. */
function rises(column: ColumnData | undefined): boolean {
  if (column?.type !== 'int32' || column.valid !== null) return false
  const { values } = column
  for (let i = 1; i < values.length; i++) if (!(values[i - 1]! < values[i]!)) return false
  return true
}

/** Of the words that are there. */
function bloomOf(column: ColumnData, element: SchemaElement): Uint32Array | undefined {
  if (column.type !== 'category') return undefined
  const bloom = new BloomBuilder(element)
  for (const code of new Set(column.codes)) bloom.insert(column.words[code])
  return bloom.finalize()
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
