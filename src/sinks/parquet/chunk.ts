/** Pages of a column in a row group as the bytes of the file, and what the footer says of them. */

import type { ColumnChunk, ColumnMetaData, Encoding, OffsetIndex, SchemaElement, Statistics } from 'hyparquet'
import { ByteWriter, type Writer } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import type { PageColumnIndex } from 'hyparquet-writer/src/types.js'
import { unconvertMinMax } from 'hyparquet-writer/src/unconvert.js'
import { type Codec, pack } from './compress.js'
import { type Bounds, joined, orderOf } from './values.js'

export interface Page {
  readonly rows: number
  /** Nulls among them. */
  readonly values: number
  readonly nulls: number
  /** Levels, packed; empty where every value has the same. */
  readonly repetition: Uint8Array
  readonly definition: Uint8Array
  readonly body: readonly Uint8Array[]
  /** Null where nobody asks for them. */
  readonly bounds: Bounds | null
}

export interface Pages {
  readonly pages: readonly Page[]
  /** Where the pages hold numbers of values that are written once, before them. */
  readonly dictionary: { readonly values: number; readonly body: Uint8Array } | null
}

export interface Leaf {
  readonly element: SchemaElement
  readonly path: string[]
  readonly codec: Codec
  /** Whether its pages are compressed: what a codec finds nothing in stays as it is, and its pages say so. */
  readonly compressed: boolean
}

export interface Chunk {
  readonly pieces: readonly Uint8Array[]
  readonly bytes: number
  readonly chunk: ColumnChunk
  readonly columnIndex?: PageColumnIndex
  readonly offsetIndex: OffsetIndex
}

/** Ids and names are shorter; a longer text is cut, and its bound stays one. */
export const longestBound = 256

/** `start`: where in the file it begins. Pages are compressed side by side, off this thread where the codec can. */
export async function chunkOf({ pages, dictionary }: Pages, leaf: Leaf, start: number): Promise<Chunk> {
  const { element, path, codec, compressed } = leaf
  const encoding: Encoding = dictionary ? 'RLE_DICTIONARY' : 'PLAIN'
  const words = dictionary && (await pack(codec, [dictionary.body]))
  const bodies = await Promise.all(pages.map(({ body }) => (compressed ? pack(codec, body) : body)))
  const pieces: Uint8Array[] = []
  let [bytes, unpacked] = [0, 0]
  const put = (header: Uint8Array, rest: readonly Uint8Array[], length: number) => {
    pieces.push(header, ...rest)
    bytes += header.length + lengthOf(rest)
    unpacked += header.length + length
  }
  if (dictionary && words) put(dictionaryHeader(dictionary, lengthOf(words)), words, dictionary.body.length)
  const firstPage = start + bytes
  const locations: OffsetIndex['page_locations'] = []
  let row = 0
  for (const [i, page] of pages.entries()) {
    const before = bytes
    const plain = lengthOf(page.body)
    // Levels stay as they are; a body that does not get shorter does, too.
    const body = lengthOf(bodies[i]!) < plain ? bodies[i]! : page.body
    const levels = [page.repetition, page.definition]
    put(pageHeader(page, encoding, body, body !== page.body && codec !== 'UNCOMPRESSED'), [...levels, ...body], lengthOf(levels) + plain)
    locations.push({ offset: BigInt(start + before), compressed_page_size: bytes - before, first_row_index: BigInt(row) })
    row += page.rows
  }
  const bounds = pages.flatMap((page) => page.bounds ?? [])
  const nulls = pages.reduce((sum, page) => sum + page.nulls, 0)
  const meta_data: ColumnMetaData = {
    type: element.type!,
    encodings: dictionary ? ['PLAIN', encoding] : [encoding],
    path_in_schema: path,
    codec,
    num_values: BigInt(pages.reduce((sum, { values }) => sum + values, 0)),
    total_compressed_size: BigInt(bytes),
    total_uncompressed_size: BigInt(unpacked),
    data_page_offset: BigInt(firstPage),
    ...(dictionary ? { dictionary_page_offset: BigInt(start) } : {}),
    ...(bounds.length > 0 ? { statistics: statisticsOf(joined(bounds), nulls) } : {}),
    encoding_stats: [
      ...(dictionary ? [{ page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 } as const] : []),
      { page_type: 'DATA_PAGE_V2', encoding, count: pages.length },
    ],
  }
  const columnIndex = indexOf(pages, element)
  return {
    ...{ pieces, bytes, chunk: { meta_data, file_offset: BigInt(start) }, offsetIndex: { page_locations: locations } },
    ...(columnIndex ? { columnIndex } : {}),
  }
}

const lengthOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0)

function headerBytes(header: Parameters<typeof writePageHeader>[1]): Uint8Array {
  const writer = new ByteWriter(64)
  writePageHeader(writer as Writer, header)
  return writer.getBytes()
}

const dictionaryHeader = ({ values, body }: NonNullable<Pages['dictionary']>, compressed: number) =>
  headerBytes({
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: body.length,
    compressed_page_size: compressed,
    dictionary_page_header: { num_values: values, encoding: 'PLAIN' },
  })

function pageHeader(page: Page, encoding: Encoding, body: readonly Uint8Array[], is_compressed: boolean): Uint8Array {
  const levels = page.repetition.length + page.definition.length
  return headerBytes({
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels + lengthOf(page.body),
    compressed_page_size: levels + lengthOf(body),
    data_page_header_v2: {
      num_values: page.values,
      num_nulls: page.nulls,
      num_rows: page.rows,
      encoding,
      definition_levels_byte_length: page.definition.length,
      repetition_levels_byte_length: page.repetition.length,
      is_compressed,
    },
  })
}

/** NaN is no bound; how many there are is said apart. */
function statisticsOf({ min, max, nans }: Bounds, nulls: number): Statistics {
  const counted = nans === undefined ? {} : { nan_count: BigInt(nans) }
  return { min_value: min, max_value: max, null_count: BigInt(nulls), ...counted } as Statistics
}

/** Of several pages. A page that holds values but has no bounds (all are NaN) leaves the column without an index, as the format asks. */
function indexOf(pages: readonly Page[], element: SchemaElement): PageColumnIndex | undefined {
  const bounds = pages.flatMap((page) => page.bounds ?? [])
  if (pages.length < 2 || bounds.length === 0) return undefined
  if (pages.some(({ rows, nulls }, i) => rows > nulls && bounds[i]!.min === undefined)) return undefined
  const bytes = (value: Bounds['min'], isMax: boolean) => unconvertMinMax(value, element, isMax, longestBound) ?? new Uint8Array()
  return {
    null_pages: pages.map(({ rows, nulls }) => rows === nulls),
    min_values: bounds.map(({ min }) => bytes(min, false)),
    max_values: bounds.map(({ max }) => bytes(max, true)),
    boundary_order: orderOf(bounds),
    null_counts: pages.map(({ nulls }) => BigInt(nulls)),
    ...(bounds.every(({ nans }) => nans !== undefined) ? { nan_counts: bounds.map(({ nans }) => BigInt(nans!)) } : {}),
  }
}
