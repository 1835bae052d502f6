/** Tables of slides as one: one schema over all of them, and files that hold the rows of several, slide after slide, as they lie. */

import { type Batch, bitsFor, type ColumnData } from '../../core/batch.js'
import { sliceOf, wordsInOrder } from '../../core/batches/rearrange.js'
import { dataOf } from '../../core/batches/rows-of.js'
import { PipelineError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import { ahead } from '../../flow/ahead.js'
import { OutputFile } from '../common/file.js'
import { groupRows } from '../common/group-rows.js'
import { cohortKey, type TableMetadata } from '../common/metadata.js'
import { type Encoder, encoderOf } from './hyparquet.js'
import { openParquetFile } from './open.js'
import { metadataOfFile } from './own-metadata.js'
import { readBatches } from './read-columns.js'
import type { Embeddings } from './vector-pages.js'

export interface TableOfMany {
  readonly slide: string
  readonly path: string
  readonly rows: number
}

/** What all tables have in common. */
export interface Together {
  /** Those of any of them: what one lacks is null there. */
  readonly columns: readonly Column[]
  readonly embeddings: Embeddings
  /** Of those that say the same in all of them. */
  readonly made: Partial<Pick<TableMetadata, 'schemaVersion' | 'fingerprint' | 'model' | 'others' | 'grid'>>
}

/**
 * One schema over all of the tables, whose footers are read. Throws TABLES_DIFFER where a column is of two types, or a table is that of another slide or
 * holds other rows than it should; TABLE_UNREADABLE and TABLE_FOREIGN.
 */
export async function together(tables: readonly TableOfMany[]): Promise<Together> {
  const columns = new Map<string, { column: Column; first: string; count: number }>()
  const shapes = new Set<Embeddings>()
  let made: Together['made'] | undefined
  for await (const { slide, metadata, embeddings } of ahead(tables, footersAtOnce, lookAt)) {
    for (const column of metadata.columns as readonly Column[]) {
      const known = columns.get(column.name)
      if (!known) columns.set(column.name, { column, first: slide, count: 1 })
      else columns.set(column.name, { ...known, column: joined(known, column, slide), count: known.count + 1 })
    }
    if (embeddings) shapes.add(embeddings)
    made = common(made, metadata)
  }
  return {
    columns: [...columns.values()].map(({ column, count: times }) => (times === tables.length ? column : { ...column, nullable: true })),
    embeddings: shapes.size === 1 ? [...shapes][0]! : 'list',
    made: made ?? {},
  }
}

/** Footers read at once: where tables lie on a server, each takes its time. */
const footersAtOnce = 16

interface Looked {
  readonly slide: string
  readonly metadata: TableMetadata
  /** Null where there are no vectors. */
  readonly embeddings: Embeddings | null
}

async function lookAt({ slide, path, rows }: TableOfMany): Promise<Looked> {
  const file = await openParquetFile(path)
  await file.close()
  const metadata = metadataOfFile(file)
  const found = Number(file.metadata.num_rows)
  if (metadata.slide.id !== slide || found !== rows) {
    const what = metadata.slide.id === slide ? `holds ${found} rows, and its receipt says ${rows}` : `is the table of ${metadata.slide.id}`
    throw new PipelineError('TABLES_DIFFER', `${path} ${what}`, { hint: 'run the pipeline again with --redo', at: { slide } })
  }
  const vector = metadata.columns.find(({ type }) => type === 'vector')
  const element = vector && file.metadata.schema.find(({ name }) => name === vector.name)
  return { slide, metadata, embeddings: element ? (element.type === 'FIXED_LEN_BYTE_ARRAY' ? 'binary' : 'list') : null }
}

function joined({ column, first }: { column: Column; first: string }, other: Column, slide: string): Column {
  const words = ['string', 'category']
  const same = column.type === other.type && column.size === other.size && (column.element ?? 'float32') === (other.element ?? 'float32')
  if (!same && !(words.includes(column.type) && words.includes(other.type))) {
    throw new PipelineError('TABLES_DIFFER', `the column ${column.name} is ${said(column)} of ${first} and ${said(other)} of ${slide}`, {
      hint: 'run the pipeline again with --redo, so that all tables are of one type',
      at: { slide },
    })
  }
  return column.nullable === true || other.nullable !== true ? column : { ...column, nullable: true }
}

const said = ({ type, size, element }: Column) => (type === 'vector' ? `a vector of ${size} ${element ?? 'float32'}` : type)

function common(known: Together['made'] | undefined, found: TableMetadata): Together['made'] {
  const { schemaVersion, fingerprint, model, others, grid } = found
  const own = { schemaVersion, fingerprint, ...(model ? { model } : {}), ...(others ? { others } : {}), ...(grid ? { grid } : {}) }
  if (!known) return own
  const same = Object.entries(known).filter(([key, value]) => JSON.stringify(value) === JSON.stringify(own[key as keyof typeof own]))
  return Object.fromEntries(same)
}

/** Rows of a row group, and numbers in the vectors of one: they are held in memory. */
const mostRows = 131_072
const mostNumbers = 2 ** 24

export interface PartWritten {
  readonly rows: number
  readonly bytes: number
}

/**
 * Writes the rows of some tables, in their order, into one file, which is then on the disk. A row group ends where a slide ends, and holds whole slides
 * or a piece of one. Holds one row group of the file, and one of a table.
 */
export async function writeTogether(
  path: string,
  tables: readonly TableOfMany[],
  { columns, embeddings, made }: Together,
  tiastreamVersion: string,
  signal?: AbortSignal,
): Promise<PartWritten> {
  const file = await OutputFile.open(path)
  try {
    const metadata = [{ key: cohortKey, value: JSON.stringify({ holds: 'rows', tiastreamVersion, ...made, columns }) }]
    const shape = { compression: 'snappy', dictionary: 'auto', embeddings } as const
    const encoder = encoderOf(file, shape, { columns, tiastreamVersion, metadata, order: ['slide', 'index'] })
    const groups = new Groups(encoder, groupRows(mostRows, columns, mostNumbers))
    let rows = 0
    for (const table of tables) {
      rows += table.rows
      await groups.begin(table.rows)
      for await (const batch of rowsIn(table, columns)) {
        signal?.throwIfAborted()
        await groups.add(batch)
      }
      await groups.end()
    }
    await groups.flush()
    await encoder.footer()
    await file.finish()
    return { rows, bytes: file.bytes }
  } finally {
    await file.close()
  }
}

/** With all columns: what the table lacks is null. */
async function* rowsIn({ path }: TableOfMany, columns: readonly Column[]): AsyncGenerator<Batch> {
  const file = await openParquetFile(path)
  await file.close()
  const own = new Map((metadataOfFile(file).columns as readonly Column[]).map((column) => [column.name, column]))
  const there = columns.filter(({ name }) => own.has(name))
  for await (const { length, columns: data } of readBatches(path, there)) {
    const found = new Map(there.map(({ name }, i) => [name, data[i]!]))
    yield { length, columns: columns.map((column) => found.get(column.name) ?? absent(column, length)) }
  }
}

const absent = (column: Column, length: number): ColumnData => ({
  ...dataOf({ ...column, nullable: false }, new Array(length).fill(emptyOf(column))),
  valid: bitsFor(length),
})

const emptyOf = ({ type, size = 0 }: Column) =>
  type === 'vector' ? new Float32Array(size) : type === 'string' || type === 'category' ? '' : type === 'bool' ? false : 0

/** Rows on their way into row groups. */
class Groups {
  #pieces: Batch[] = []
  #rows = 0
  /** Whether the slide at work is larger than a group. */
  #cut = false

  constructor(
    readonly encoder: Encoder,
    readonly most: number,
  ) {}

  /** A slide of so many rows comes: what waits goes, where both do not fit into one group. */
  async begin(rows: number): Promise<void> {
    if (this.#rows + rows > this.most) await this.flush()
    this.#cut = rows > this.most
  }

  async add(batch: Batch): Promise<void> {
    for (let from = 0; from < batch.length; ) {
      const to = Math.min(batch.length, from + this.most - this.#rows)
      this.#pieces.push(sliceOf(batch, from, to))
      this.#rows += to - from
      from = to
      if (this.#rows === this.most) await this.flush()
    }
  }

  /** The slide's rows have all come: no group begins in the middle of one slide and goes on in the next. */
  async end(): Promise<void> {
    if (this.#cut) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#rows === 0) return
    const [pieces, rows] = [this.#pieces, this.#rows]
    this.#pieces = []
    this.#rows = 0
    await this.encoder.group(pieces.map(wordsInOrder), rows)
  }
}
