/**
 * Engine hyparquet: the pages are ours, made of the columns as they lie in memory; footer, indexes and bloom filters are hyparquet-writer's. Row
 * groups are written to the file one after another. What readers prune by is there: whole minima and maxima, indexes of pages, a bloom
 * filter of the slide's id, and the order of the rows.
 */

import type { KeyValue, RowGroup, SchemaElement } from 'hyparquet'
import { ParquetWriter, type Writer } from 'hyparquet-writer'
import { BloomBuilder } from 'hyparquet-writer/src/bloom.js'
import type { Batch, ColumnData, DataOf } from '../../core/batch.js'
import type { Column } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import type { OutputFile } from '../common/file.js'
import { joinedScalars } from '../common/join-scalars.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { type Chunk, chunkOf, longestBound, type Pages } from './chunk.js'
import { type Codec, codecs } from './compress.js'
import { Tail } from './footer.js'
import { scalarPages } from './scalar-pages.js'
import { leafOf, schemaOf } from './schema.js'
import { type Sorting, sortingOf } from './sorting.js'
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

/** What a table is besides its rows. */
export interface Described {
  readonly columns: readonly Column[]
  readonly tiastreamVersion: string
  readonly metadata: readonly KeyValue[]
  /** The names of the columns by which its rows rise, where they do. */
  readonly order: readonly string[]
}

/** The table of one slide. */
export const encoder = (file: OutputFile, shape: Shape, context: SinkContext, added?: Added): Encoder =>
  encoderOf(
    file,
    shape,
    {
      columns: context.columns,
      tiastreamVersion: context.provenance.tiastreamVersion,
      metadata: [{ key: metadataKey, value: JSON.stringify(metadataOf(context)) }],
      order: ['index'],
    },
    added,
  )

export function encoderOf(
  file: OutputFile,
  shape: Shape,
  { columns, tiastreamVersion, metadata, order }: Described,
  added?: Added,
): Encoder {
  const schema = withAdded(schemaOf(columns, shape.embeddings), added)
  const leaves = schema.filter(({ type }) => type !== undefined)
  const codec = codecs[shape.compression]
  const tail = new Tail(file)
  const parquet = new ParquetWriter({
    writer: tail.buffer as Writer,
    schema,
    codec,
    statisticsTruncateLength: longestBound,
    kvMetadata: [...metadata],
    createdBy: createdBy(tiastreamVersion),
  })
  return {
    async group(pieces, rows) {
      if (parquet.row_groups.length === 0) await tail.flush()
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
      parquet.row_groups.push(groupOf(chunks, rows, end - start, sortingOf(columns, scalars, order)))
    },
    async footer(extra = []) {
      leaveOutBoundsBesideNaN(parquet)
      parquet.kvMetadata = [...metadata, ...extra]
      await tail.finish(parquet)
    },
  }
}

/**
 * The format asks for bounds without NaN. Some readers take NaN for the greatest number and believe such bounds of it, too (DataFusion, Arrow), and where one row
 * group has none they look at those of the others alone: so a column in which a number is NaN has none anywhere.
 */
function leaveOutBoundsBesideNaN({ row_groups, pendingIndexes }: ParquetWriter): void {
  const all = row_groups.flatMap(({ columns }) => columns.flatMap((chunk) => (chunk.meta_data ? [{ chunk, about: chunk.meta_data }] : [])))
  const key = ({ path_in_schema }: { readonly path_in_schema: readonly string[] }) => path_in_schema.join('\0')
  const odd = new Set(
    all
      .filter(({ about }) => Number((about.statistics as { nan_count?: bigint } | undefined)?.nan_count ?? 0) > 0)
      .map(({ about }) => key(about)),
  )
  const found = all.filter(({ about }) => about.statistics && odd.has(key(about)))
  for (const { about } of found) {
    const { min_value, max_value, ...counts } = about.statistics!
    about.statistics = counts
  }
  const chunks = new Set(found.map(({ chunk }) => chunk))
  for (const pending of pendingIndexes) if (chunks.has(pending.chunk)) delete pending.columnIndex
}

/** The form that the format asks for: readers tell faulty writers by it. */
export const createdBy = (tiastreamVersion: string): string => `tiastream version ${tiastreamVersion}`

function withAdded([root, ...elements]: readonly SchemaElement[], added: Added | undefined): SchemaElement[] {
  if (!added) return [root!, ...elements]
  const more: SchemaElement = { name: added.name, type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' }
  return [{ ...root!, num_children: root!.num_children! + 1 }, ...elements, more]
}

/** Snappy finds nothing in the numbers of a vector, and takes its time to do so. */
const packsFloats = (codec: Codec): boolean => codec === 'GZIP' || codec === 'ZSTD'

function groupOf(chunks: readonly Chunk[], rows: number, bytes: number, sorting: Sorting | undefined): RowGroup {
  return {
    columns: chunks.map(({ chunk }) => chunk),
    total_byte_size: chunks.reduce((sum, { chunk }) => sum + chunk.meta_data!.total_uncompressed_size, 0n),
    num_rows: BigInt(rows),
    total_compressed_size: BigInt(bytes),
    ...(sorting ? { sorting_columns: sorting } : {}),
  }
}

/** Of the words that are there. */
function bloomOf(column: ColumnData, element: SchemaElement): Uint32Array | undefined {
  if (column.type !== 'category') return undefined
  const bloom = new BloomBuilder(element)
  for (const code of new Set(column.codes)) bloom.insert(column.words[code])
  return bloom.finalize()
}
