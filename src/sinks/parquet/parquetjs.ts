/** Engine parquetjs, behind this one door: an optional package, loaded when asked for. */

import { createRequire } from 'node:module'
import { type Batch, type ColumnData, hasValue } from '../../core/batch.js'
import { readerOf } from '../../core/batches/rows-of.js'
import { SinkError } from '../../core/errors.js'
import type { Column, Value } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import type { OutputFile } from '../common/file.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { encoder } from './hyparquet.js'
import { vectorBytes } from './schema.js'
import type { ParquetOptions, TableWriter } from './table-writer.js'
import { plain } from './values.js'

/** The parts of parquetjs 0.11 that are used; the package has no types of its own. */
interface Parquetjs {
  readonly ParquetSchema: new (fields: Readonly<Record<string, Field>>) => object
  readonly ParquetEnvelopeWriter: new (
    schema: object,
    write: (bytes: Uint8Array) => Promise<void>,
    close: () => Promise<void>,
    offset: number,
    options: { readonly useDataPageV2: boolean },
  ) => object
  readonly ParquetWriter: new (schema: object, envelope: object, options: { readonly rowGroupSize: number }) => ParquetjsWriter
}

interface ParquetjsWriter {
  setMetadata(key: string, value: string): void
  appendRow(row: Readonly<Record<string, unknown>>): Promise<void>
  close(): Promise<void>
}

interface Field {
  readonly type: string
  readonly optional: boolean
  readonly compression: string
  readonly typeLength?: number
}

type Open = (file: OutputFile, options: ParquetOptions, context: SinkContext) => TableWriter

export async function loadParquetjs({ compression, embeddings }: ParquetOptions, { columns }: SinkContext): Promise<Open> {
  if (compression === 'zstd')
    throw new SinkError('COMPRESSION_UNSUPPORTED', 'engine parquetjs cannot compress with zstd', { hint: 'use snappy, gzip or none' })
  const vector = embeddings === 'list' ? columns.find(({ type }) => type === 'vector') : undefined
  if (vector)
    throw new SinkError('VALUE_UNSUPPORTED', `engine parquetjs cannot write the vector '${vector.name}' as a list`, {
      hint: 'use embeddings: binary',
    })
  const parquetjs = load()
  return (file, options, context) => parquetjsWriter(parquetjs, file, options, context)
}

function load(): Parquetjs {
  try {
    return createRequire(import.meta.url)('parquetjs') as Parquetjs
  } catch (cause) {
    throw new SinkError('ENGINE_MISSING', 'the package parquetjs is not installed', {
      hint: 'npm install parquetjs, or leave engine: parquetjs out',
      cause,
    })
  }
}

const compressions = { snappy: 'SNAPPY', gzip: 'GZIP', none: 'UNCOMPRESSED' } as const

const types = { int32: 'INT32', float32: 'FLOAT', float64: 'DOUBLE', bool: 'BOOLEAN', string: 'UTF8', category: 'UTF8' } as const

function parquetjsWriter(parquetjs: Parquetjs, file: OutputFile, options: ParquetOptions, context: SinkContext): TableWriter {
  const { columns } = context
  const compression = compressions[options.compression as keyof typeof compressions]
  const field = (column: Column): Field => {
    const optional = column.nullable === true
    if (column.type !== 'vector') return { type: types[column.type], optional, compression }
    return { type: 'FIXED_LEN_BYTE_ARRAY', typeLength: vectorBytes(column), optional, compression }
  }
  const schema = new parquetjs.ParquetSchema(Object.fromEntries(columns.map((column) => [column.name, field(column)])))
  // The package does not wait for its own header: writes are chained, and `settled` is awaited after each batch.
  let settled: Promise<void> = Promise.resolve()
  const write = (bytes: Uint8Array) => {
    const next = settled.then(() => file.write(bytes))
    settled = next
    return next
  }
  const start = (): ParquetjsWriter => {
    const envelope = new parquetjs.ParquetEnvelopeWriter(schema, write, () => settled, 0, { useDataPageV2: true })
    const writer = new parquetjs.ParquetWriter(schema, envelope, { rowGroupSize: options.row_group })
    writer.setMetadata(metadataKey, JSON.stringify(metadataOf(context)))
    return writer
  }
  let writer: ParquetjsWriter | undefined
  let written = 0
  return {
    async group(pieces) {
      writer ??= start()
      for (const batch of pieces) {
        const values = columns.map((column, c) => valuesOf(column, batch, c, written))
        for (let i = 0; i < batch.length; i++) {
          const record = Object.fromEntries(columns.map((column, c) => [column.name, values[c]!(i)]))
          // Not awaited, the package mixes up its row groups.
          await writer.appendRow(record)
        }
        written += batch.length
      }
      await settled
    },
    async footer() {
      // parquetjs refuses a table without rows ("cannot write parquet file with zero rows").
      if (!writer) return encoder(file, options, context).footer()
      await writer.close()
      await settled
    },
  }
}

/** What reads the values of a column as the package takes them: vectors as bytes. It takes no NaN and says so with a bare string. */
function valuesOf({ name }: Column, batch: Batch, c: number, first: number): (i: number) => unknown {
  const data: ColumnData = batch.columns[c]!
  if (data.type === 'vector') return (i) => (hasValue(data, i) ? Buffer.from(plain(data, i, i + 1)) : null)
  const read = readerOf(data)
  if (data.type !== 'float32' && data.type !== 'float64') return read
  return (i) => {
    const value: Value = read(i)
    if (!Number.isNaN(value)) return value
    throw new SinkError('ROW_INVALID', `row ${first + i}: column '${name}' is NaN, which engine parquetjs cannot write`, {
      hint: 'use engine: hyparquet',
    })
  }
}
