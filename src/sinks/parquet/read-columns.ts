/** The columns of a table, row group by row group: as batches, or a few of them as arrays, for those who look at every value. */

import { parquetRead } from 'hyparquet'
import type { Batch } from '../../core/batch.js'
import { PipelineError } from '../../core/errors.js'
import type { Column, Value } from '../../core/row.js'
import { madeAnew } from '../../core/text/remedies.js'
import { unpackersOf } from './compress.js'
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

/** Numbers of a row group that are held at once, of all columns: a few bytes may say a million nulls, and do so in a thousand columns. */
const mostHeld = 2 ** 25

/** The row groups as batches. Throws TABLE_FOREIGN or TABLE_UNREADABLE. Holds one row group, or 2^25 numbers of it. */
export async function* readBatches(path: string, columns: readonly Column[], most = mostHeld): AsyncGenerator<Batch, void> {
  for await (const { file, first, count } of groupsOf(path, new Set(columns.map(({ name }) => name)), most))
    yield await batchAt(file, columns, first, count)
}

/** Some rows of one row group. */
export async function batchAt(file: ParquetFile, columns: readonly Column[], first: number, count: number): Promise<Batch> {
  const fillings = new Map(columns.map((column) => [column.name, fillingOf(file.path, column, count)]))
  await readRows(file, columns, first, count, (column, values, at) => fillings.get(column.name)!.put(values, at))
  return { length: count, columns: columns.map(({ name }) => fillings.get(name)!.data()) }
}

/** Throws TABLE_FOREIGN or TABLE_UNREADABLE. Names that the table does not have are left out. Holds one row group. */
export async function* readColumns(path: string, names: readonly string[], most = mostHeld): AsyncGenerator<ColumnGroup> {
  for await (const { file, first, count, known } of groupsOf(path, new Set(names), most)) {
    const values: Record<string, Value[]> = Object.create(null)
    for (const { name } of known) values[name] = new Array<Value>(count).fill(null)
    await readRows(file, known, first, count, (column, some, at) => {
      const into = values[column.name]!
      for (let i = Math.max(0, -at), to = Math.min(some.length, count - at); i < to; i++) {
        const value = some[i] ?? null
        into[at + i] = column.type === 'vector' && value !== null ? vectorOf(file.path, value, column) : (value as Value)
      }
    })
    yield { first, count, values }
  }
}

/** Takes the values of rows `at` and on: whole pages, of which the first and the last may lie over the ends of what is read. */
type Take = (column: Column, values: ArrayLike<unknown>, at: number) => void

interface Group {
  readonly file: ParquetFile
  readonly first: number
  readonly count: number
  /** Those of the table that are wanted. */
  readonly known: readonly Column[]
}

/** The row groups that hold rows, in parts where they hold very many values. */
async function* groupsOf(path: string, wanted: ReadonlySet<string>, most: number): AsyncGenerator<Group, void> {
  const file = await openParquetFile(path)
  try {
    const known: readonly Column[] = metadataOfFile(file).columns.filter(({ name }) => wanted.has(name))
    const names = known.map(({ name }) => name)
    const width = known.reduce((sum, { size = 1 }) => sum + size, 0)
    const together = Math.max(1, Math.floor(most / Math.max(1, width)))
    let first = 0
    for (const group of file.metadata.row_groups) {
      const count = Number(group.num_rows)
      const problem = await pagesProblem(file, group, names)
      if (problem)
        throw new PipelineError('TABLE_UNREADABLE', `${file.path}: rows ${first} to ${first + count} cannot be read: ${problem}`, {
          hint: madeAnew,
        })
      for (let at = 0; at < count; at += together) yield { file, first: first + at, count: Math.min(together, count - at), known }
      first += count
    }
  } finally {
    await file.close()
  }
}

/** Values that hyparquet holds at once, each an object or a number of eight bytes: so much of a row group, or one column of it. */
const mostValues = 2 ** 21

/** Every value is taken once. */
async function readRows(file: ParquetFile, known: readonly Column[], first: number, count: number, take: Take): Promise<void> {
  let [some, values]: [Column[], number] = [[], 0]
  for (const column of known) {
    const more = count * (column.size ?? 1)
    if (some.length > 0 && values + more > mostValues) {
      await readSome(file, some, first, count, take)
      some = []
      values = 0
    }
    some.push(column)
    values += more
  }
  await readSome(file, some, first, count, take)
}

async function readSome(file: ParquetFile, known: readonly Column[], first: number, count: number, take: Take): Promise<void> {
  const columns = new Map(known.map((column) => [column.name, column]))
  const found = new Map(known.map(({ name }) => [name, 0]))
  const compressors = await unpackersOf(file.metadata)
  let wrong: unknown
  await parquetRead({
    file,
    metadata: file.metadata,
    columns: [...columns.keys()],
    rowStart: first,
    rowEnd: first + count,
    compressors,
    // Text columns say that they are text; the others are vectors as bytes.
    utf8: false,
    onChunk: ({ columnName, columnData, rowStart }) => {
      const column = columns.get(columnName)
      if (!column) return
      const [from, to] = [Math.max(rowStart, first), Math.min(rowStart + columnData.length, first + count)]
      found.set(columnName, found.get(columnName)! + Math.max(0, to - from))
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
