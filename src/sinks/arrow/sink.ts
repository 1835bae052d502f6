/** Opens the arrow sink. */

import type { Writable } from 'node:stream'
import type { Batch, ColumnData } from '../../core/batch.js'
import type { SinkContext } from '../../core/sink.js'
import { batchSink } from '../common/batch-sink.js'
import { OutputFile } from '../common/file.js'
import { groupRows } from '../common/group-rows.js'
import { joinedScalars, vectorsOf } from '../common/join-scalars.js'
import { metadataKey, metadataOf } from '../common/metadata.js'

import { batcher, schemaOf } from './columns.js'
import { ArrowFileBytes } from './writer.js'

export interface ArrowOptions {
  readonly file: string
  readonly batch: number
}

export default async function openArrow({ batch: asked }: ArrowOptions, context: SinkContext): Promise<Writable> {
  const { columns } = context
  const schema = schemaOf(columns, new Map([[metadataKey, JSON.stringify(metadataOf(context))]]))
  const recordBatch = batcher(schema)
  const arrow = new ArrowFileBytes(schema)
  const every = groupRows(asked, columns)
  const file = await OutputFile.open(context.path)
  const whole = (pieces: readonly Batch[]): Batch => {
    const { length, columns: joined } = joinedScalars(pieces)
    const withVectors = joined.map((column, c): ColumnData => {
      if (column.type !== 'vector') return column
      const size = columns[c]!.size!
      return { ...column, size, values: arrow.standIn(c, vectorsOf(pieces, c), every * size) }
    })
    return { length, columns: withVectors }
  }
  return batchSink({
    every,
    write: (pieces) => file.writeAll(arrow.batch(recordBatch(whole(pieces)))),
    finish: async () => {
      await file.writeAll(arrow.footer())
      await file.finish()
    },
    close: () => file.close(),
  })
}
