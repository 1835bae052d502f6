/** Reads a table tiastream wrote, row group by row group: rows exactly as they went in. */

import { parquetReadObjects } from 'hyparquet'
import { PipelineError } from '../../core/errors.js'
import { madeAnew } from '../../core/remedies.js'
import type { Column, Row, Value } from '../../core/row.js'
import { everyTurn } from '../../flow/turn.js'
import { fromHalves } from '../../geometry/half.js'
import { cohortKey, metadataKey, parseMetadata, type TableMetadata } from '../common/metadata.js'
import { decompressors } from './compress.js'
import { layoutProblem } from './layout.js'
import { openParquetFile, type ParquetFile } from './open.js'
import { pagesProblem } from './pages.js'

export interface Table {
  readonly path: string
  readonly columns: readonly Column[]
  readonly metadata: TableMetadata
  readonly count: number
  /** All rows in the order of the file; may be asked for more than once. Holds one row group. */
  readonly rows: AsyncIterable<Row>
}

export async function openParquet(path: string): Promise<Table> {
  const file = await openParquetFile(path)
  await file.close()
  const metadata = metadataOfFile(file)
  return {
    path,
    columns: metadata.columns as readonly Column[],
    metadata,
    count: Number(file.metadata.num_rows),
    rows: { [Symbol.asyncIterator]: () => rowsOf(path, metadata.columns as readonly Column[]) },
  }
}

export function metadataOfFile({ path, metadata }: ParquetFile): TableMetadata {
  const written = metadata.key_value_metadata?.find(({ key }) => key === metadataKey)?.value
  const parsed = written === undefined ? null : parseMetadata(written)
  if (!parsed && metadata.key_value_metadata?.some(({ key }) => key === cohortKey)) {
    throw new PipelineError('TABLE_FOREIGN', `${path} speaks of many slides, and a table here is that of one`, {
      hint: 'name a .parquet file of rows/; the files of a cohort are for DuckDB, polars, pyarrow and others',
    })
  }
  if (!parsed) {
    throw new PipelineError('TABLE_FOREIGN', `${path} was not made by tiastream: it has no '${metadataKey}' metadata that can be read`, {
      hint: 'name a .parquet file of an output folder',
    })
  }
  const problem = layoutProblem(metadata, parsed.columns)
  if (problem) throw new PipelineError('TABLE_FOREIGN', `${path} ${problem}`, { hint: foreignHint })
  return parsed
}

const foreignHint = `another program wrote it anew, or it is damaged: name the table that the run wrote, or ${madeAnew}`

/** What a value of a row costs those who take it, in bytes copied. */
const workOfValue = 64

async function* rowsOf(path: string, columns: readonly Column[]): AsyncGenerator<Row> {
  const file = await openParquetFile(path)
  try {
    let rowStart = 0
    const turn = everyTurn()
    for (const group of file.metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows)
      const names = columns.map(({ name }) => name)
      const problem = await pagesProblem(file, group, names)
      if (problem)
        throw new PipelineError('TABLE_UNREADABLE', `${file.path}: rows ${rowStart} to ${rowEnd} cannot be read: ${problem}`, {
          hint: madeAnew,
        })
      const records = await parquetReadObjects({
        file,
        metadata: file.metadata,
        columns: names,
        rowStart,
        rowEnd,
        compressors: decompressors,
        // Text columns say that they are text; the others are vectors as bytes.
        utf8: false,
      }).catch((cause) => {
        throw new PipelineError('TABLE_UNREADABLE', `${file.path}: rows ${rowStart} to ${rowEnd} cannot be read`, { cause })
      })
      if (records.length !== rowEnd - rowStart)
        throw new PipelineError('TABLE_UNREADABLE', `${file.path}: a row group of ${rowEnd - rowStart} rows holds ${records.length}`)
      for (const record of records) {
        yield rowOf(file.path, record, columns)
        // Who draws them, or counts, waits for nothing: a row group may have a million.
        await turn(workOfValue * columns.length)
      }
      rowStart = rowEnd
    }
  } finally {
    await file.close()
  }
}

/** `path`: of the table, for the message. */
export function rowOf(path: string, record: Readonly<Record<string, unknown>>, columns: readonly Column[]): Row {
  const row: Row = {}
  for (const column of columns) {
    const value = record[column.name] ?? null
    row[column.name] = column.type === 'vector' ? vectorOf(path, value, column) : (value as Value)
  }
  return row
}

/**
 * A LIST comes as an array of numbers, a binary as bytes; float16 is widened. A LIST may be of any length: one of another than the column says would be
 * filled up with zeros, or run into the next.
 */
export function vectorOf(path: string, value: unknown, { name, size, element }: Column): Float32Array | null {
  if (value === null) return null
  const vector = value instanceof Uint8Array ? numbersOf(value.slice().buffer, element) : Float32Array.from(value as ArrayLike<number>)
  if (vector.length === size) return vector
  throw new PipelineError('TABLE_UNREADABLE', `${path}: column '${name}' is of vectors of ${size} numbers, but one has ${vector.length}`, {
    hint: 'another program changed it: name the table that the run wrote',
  })
}

const numbersOf = (buffer: ArrayBuffer, element: Column['element']): Float32Array =>
  element === 'float16' ? fromHalves(new Uint16Array(buffer)) : new Float32Array(buffer)
