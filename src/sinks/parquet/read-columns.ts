/** The columns of a table, row group by row group: as batches, or a few of them as arrays, for those who look at every value. */

import { parquetRead } from 'hyparquet'
import type { Batch } from '../../core/batch.js'
import { PipelineError } from '../../core/errors.js'
import { madeAnew } from '../../core/remedies.js'
import type { Column, Value } from '../../core/row.js'
import { decompressors } from './compress.js'
import { fillingOf } from './fill.js'
import { openParquetFile, type ParquetFile } from './open.js'
import { metadataOfFile } from './own-metadata.js'
import { pagesProblem } from './pages.js'
import { vectorOf } from './vector-of.js'

/** The rows from `first` on: a value for each, by the name of the column. */
export interface ColumnGroup {
  readonly first: number
  readonly count: number
  readonly values: Readonly<Record<string, ArrayLike<Value>>>
}

/** The row groups as batches. Throws TABLE_FOREIGN or TABLE_UNREADABLE. Holds one row group. */
export async function* readBatches(path: string, columns: readonly Column[]): AsyncGenerator<Batch, void> {
  for await (const { table, count, read } of groupsOf(path, new Set(columns.map(({ name }) => name)))) {
    const fillings = new Map(columns.map((column) => [column.name, fillingOf(table, column, count)]))
    await read((column, values, at) => fillings.get(column.name)!.put(values, at))
    yield { length: count, columns: columns.map(({ name }) => fillings.get(name)!.data()) }
  }
}

/** Throws TABLE_FOREIGN or TABLE_UNREADABLE. Names that the table does not have are left out. Holds one row group. */
export async function* readColumns(path: string, names: readonly string[]): AsyncGenerator<ColumnGroup> {
  for await (const { table, first, count, known, read } of groupsOf(path, new Set(names))) {
    const values: Record<string, Value[]> = Object.create(null)
    for (const { name } of known) values[name] = new Array<Value>(count).fill(null)
    await read((column, some, at) => {
      const into = values[column.name]!
      for (let i = Math.max(0, -at), to = Math.min(some.length, count - at); i < to; i++) {
        const value = some[i] ?? null
        into[at + i] = column.type === 'vector' && value !== null ? vectorOf(table, value, column) : (value as Value)
      }
    })
    yield { first, count, values }
  }
}

/** Takes the values of rows `at` and on of a group: whole pages, of which the first and the last may lie over its ends. */
type Take = (column: Column, values: ArrayLike<unknown>, at: number) => void

interface Group {
  /** Of the table, as people are told. */
  readonly table: string
  readonly first: number
  readonly count: number
  /** Those of the table that are wanted. */
  readonly known: readonly Column[]
  /** Reads them; every value is taken once. */
  readonly read: (take: Take) => Promise<void>
}

/** The row groups that hold rows. */
async function* groupsOf(path: string, wanted: ReadonlySet<string>): AsyncGenerator<Group, void> {
  const file = await openParquetFile(path)
  try {
    const known: readonly Column[] = metadataOfFile(file).columns.filter(({ name }) => wanted.has(name))
    const names = known.map(({ name }) => name)
    let first = 0
    for (const group of file.metadata.row_groups) {
      const count = Number(group.num_rows)
      const problem = await pagesProblem(file, group, names)
      if (problem)
        throw new PipelineError('TABLE_UNREADABLE', `${file.path}: rows ${first} to ${first + count} cannot be read: ${problem}`, {
          hint: madeAnew,
        })
      const from = first
      if (count > 0) yield { table: file.path, first: from, count, known, read: (take) => readGroup(file, known, from, count, take) }
      first += count
    }
  } finally {
    await file.close()
  }
}

async function readGroup(file: ParquetFile, known: readonly Column[], first: number, count: number, take: Take): Promise<void> {
  const columns = new Map(known.map((column) => [column.name, column]))
  const found = new Map(known.map(({ name }) => [name, 0]))
  let wrong: unknown
  await parquetRead({
    file,
    metadata: file.metadata,
    columns: [...columns.keys()],
    rowStart: first,
    rowEnd: first + count,
    compressors: decompressors,
    // Text columns say that they are text; the others are vectors as bytes.
    utf8: false,
    onChunk: ({ columnName, columnData, rowStart }) => {
      const column = columns.get(columnName)
      if (!column) return
      found.set(columnName, found.get(columnName)! + columnData.length)
      // What is thrown while hyparquet hands on a chunk, nobody would catch.
      try {
        take(column, columnData, rowStart - first)
      } catch (error) {
        wrong ??= error
      }
    },
  }).catch((cause) => {
    throw new PipelineError('TABLE_UNREADABLE', `${file.path}: rows ${first} to ${first + count} cannot be read`, { cause })
  })
  if (wrong) throw wrong
  const short = known.find(({ name }) => found.get(name) !== count)
  if (short)
    throw new PipelineError('TABLE_UNREADABLE', `${file.path}: column '${short.name}' has ${found.get(short.name)} of ${count} rows`)
}
