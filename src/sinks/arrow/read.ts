/** Reads an Arrow file that tiastream wrote, record batch by record batch. */

import { open } from 'node:fs/promises'
import { AsyncRecordBatchFileReader, RecordBatchReader, type Vector } from 'apache-arrow'
import { PipelineError } from '../../core/errors.js'
import type { Column, Row, Value } from '../../core/row.js'
import { metadataKey, parseMetadata, type TableMetadata } from '../common/metadata.js'

export interface ArrowTable {
  readonly metadata: TableMetadata
  readonly columns: readonly Column[]
  /** Calls `see` with every row in the order of the file. Holds one record batch. */
  readonly each: (see: (row: Row) => void) => Promise<void>
}

/** Opens, gives what `use` makes of the table, and closes. */
export async function readArrow<T>(path: string, use: (table: ArrowTable) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r').catch((cause) => {
    throw unreadable(path, cause)
  })
  try {
    const reader = await RecordBatchReader.from(handle).catch((cause) => {
      throw unreadable(path, cause)
    })
    if (!(reader instanceof AsyncRecordBatchFileReader)) throw unreadable(path)
    await reader.open().catch((cause) => {
      throw unreadable(path, cause)
    })
    const written = reader.schema.metadata.get(metadataKey)
    const metadata = written === undefined ? null : parseMetadata(written)
    if (!metadata) {
      throw new PipelineError('TABLE_FOREIGN', `${path} was not made by tiastream: it has no '${metadataKey}' metadata that can be read`, {
        hint: 'name an .arrow file of an output folder',
      })
    }
    const columns = metadata.columns as readonly Column[]
    const each = async (see: (row: Row) => void) => {
      try {
        for await (const batch of reader) {
          const vectors = columns.map(({ name }) => batch.getChild(name))
          for (let i = 0; i < batch.numRows; i++) see(rowAt(columns, vectors, i))
        }
      } catch (cause) {
        throw unreadable(path, cause)
      }
    }
    return await use({ metadata, columns, each })
  } finally {
    await handle.close().catch(() => undefined)
  }
}

function rowAt(columns: readonly Column[], vectors: readonly (Vector | null)[], index: number): Row {
  const row: Row = {}
  for (const [i, { name, type }] of columns.entries()) {
    const value: unknown = vectors[i]?.get(index) ?? null
    row[name] = type === 'vector' && value !== null ? Float32Array.from(value as Iterable<number>) : (value as Value)
  }
  return row
}

const unreadable = (path: string, cause?: unknown) =>
  new PipelineError('TABLE_UNREADABLE', `${path} is no whole Arrow file`, { hint: 'run the pipeline again', ...(cause ? { cause } : {}) })
