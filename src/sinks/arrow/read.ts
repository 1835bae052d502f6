/** Reads an Arrow file that tiastream wrote, record batch by record batch, as batches of the same memory. */

import type { FileHandle } from 'node:fs/promises'
import { AsyncRecordBatchFileReader, type Data, type RecordBatch, RecordBatchReader } from 'apache-arrow'
import { isAddress } from '../../core/address.js'
import type { Batch, ColumnData } from '../../core/batch.js'
import { PipelineError } from '../../core/errors.js'
import { openPlain } from '../../core/files/plain-file.js'
import type { Column } from '../../core/row.js'
import { madeAnew, writtenAnew } from '../../core/text/remedies.js'
import { metadataKey, parseMetadata, type TableMetadata } from '../common/metadata.js'
import { openRemoteTable } from '../common/remote-table.js'
import { withoutMetadata } from '../common/without-metadata.js'
import { schemaOf } from './columns.js'
import { mustHoldFooter } from './footer.js'
import { unpackArrow } from './unpack.js'

export interface ArrowTable {
  readonly metadata: TableMetadata
  readonly columns: readonly Column[]
  /** In the order of the file. Holds one record batch. */
  batches(): AsyncGenerator<Batch, void>
  close(): Promise<void>
}

/** Throws PipelineError: TABLE_UNREADABLE, or TABLE_FOREIGN for one that tiastream did not write. */
export async function openArrow(path: string): Promise<ArrowTable> {
  const handle = isAddress(path)
    ? await asHandle(path)
    : await openPlain(path).catch((cause) => {
        throw unreadable(path, cause)
      })
  const close = () => handle.close().catch(() => undefined)
  try {
    await unpackArrow()
    const reader = await RecordBatchReader.from(handle)
    if (!(reader instanceof AsyncRecordBatchFileReader))
      throw (await isStream(handle)) ? foreign(path, 'is an Arrow stream, not a file') : unreadable(path)
    await mustHoldFooter(handle)
    await reader.open()
    const written = reader.schema.metadata.get(metadataKey)
    const metadata = written === undefined ? null : parseMetadata(written)
    if (!metadata)
      throw withoutMetadata(
        path,
        reader.schema.fields.map(({ name }) => name),
        '.arrow',
      )
    const columns: readonly Column[] = metadata.columns
    const fields = schemaOf(columns).fields.map(String)
    if (fields.join('\n') !== reader.schema.fields.map(String).join('\n')) {
      throw new PipelineError('TABLE_FOREIGN', `${path} has other columns than its metadata names`, {
        hint: writtenAnew,
      })
    }
    return {
      metadata,
      columns,
      async *batches() {
        try {
          // By their numbers: going on by itself, the reader comes back to one that cannot be read for ever.
          for (let i = 0; i < reader.numRecordBatches; i++) {
            const batch = await reader.readRecordBatch(i)
            if (batch === null) throw new Error(`batch ${i} is none`)
            yield batchIn(batch, columns)
          }
        } catch (cause) {
          throw unreadable(path, cause)
        }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error instanceof PipelineError ? error : unreadable(path, error)
  }
}

/** Whether it begins as a message of a stream does. */
async function isStream(handle: FileHandle): Promise<boolean> {
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
  return buffer.readInt32LE() === -1
}

/** A table on a server with as much of a file's handle as Arrow asks for. */
async function asHandle(address: string): Promise<FileHandle> {
  const { byteLength, read } = await openRemoteTable(address)
  const handle = {
    fd: -1,
    stat: async () => ({ size: byteLength }),
    read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
      const bytes = await read(position, Math.min(position + length, byteLength))
      buffer.set(bytes, offset)
      return { bytesRead: bytes.length, buffer }
    },
    close: async () => undefined,
  }
  return handle as unknown as FileHandle
}

const batchIn = ({ numRows, data }: RecordBatch, columns: readonly Column[]): Batch => ({
  length: numRows,
  columns: columns.map((column, c) => dataIn(column, data.children[c]!, numRows)),
})

/** The first of what lies there. What a damaged file claims to have more is not there, and would be read as nothing. */
function first<T extends { readonly length: number; subarray(from: number, to: number): T }>(there: T, count: number): T {
  if (there.length < count) throw new Error(`a column of ${count} rows holds ${there.length}`)
  return there.subarray(0, count)
}

/** The memory of a column; `data` is of the type that the column has in Arrow. */
function dataIn({ type, size = 0 }: Column, data: Data, length: number): ColumnData {
  const valid = data.nullCount > 0 ? data.nullBitmap : null
  const bits = Math.ceil(length / 8)
  const common = { valid: valid === null ? null : first(valid, bits) }
  switch (type) {
    case 'int32':
    case 'float32':
    case 'float64':
      return { type, ...common, values: first(data.values, length) }
    case 'bool':
      return { type, ...common, values: first(data.values, bits) }
    case 'category':
      return { type, ...common, codes: first(data.values, length), words: data.dictionary ? [...data.dictionary] : [] }
    case 'string': {
      // Of no rows a file may hold no offsets at all.
      const offsets: Int32Array = length === 0 ? new Int32Array(1) : first(data.valueOffsets, length + 1)
      return { type, ...common, offsets, bytes: first(data.values, offsets[length]!) }
    }
    case 'vector':
      return { type, ...common, size, values: first(data.children[0]!.values, length * size) }
  }
}

function unreadable(path: string, cause?: unknown): PipelineError {
  return new PipelineError('TABLE_UNREADABLE', `${path} is no whole Arrow file`, { hint: madeAnew, ...(cause ? { cause } : {}) })
}

/** Of a file that is sound, in a form that Arrow has and we never write. */
const foreign = (path: string, what: string) =>
  new PipelineError('TABLE_FOREIGN', `${path} ${what}: another program wrote it anew`, {
    hint: 'write it as an Arrow file (pyarrow: write_feather(table, file)), or name the table that the run wrote',
  })
