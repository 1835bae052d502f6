/** Opens the arrow sink. */

import type { Writable } from 'node:stream'
import { concatOf } from '../../core/join.js'
import type { SinkContext } from '../../core/sink.js'
import { batchSink } from '../common/batch-sink.js'
import { OutputFile } from '../common/file.js'
import { groupRows } from '../common/group-rows.js'
import { metadataKey, metadataOf } from '../common/metadata.js'

import { batcher, schemaOf } from './columns.js'
import { ArrowFileBytes } from './writer.js'

export interface ArrowOptions {
  readonly file: string
  readonly batch: number
}

export default async function openArrow({ batch: every }: ArrowOptions, context: SinkContext): Promise<Writable> {
  const { columns } = context
  const schema = schemaOf(columns, new Map([[metadataKey, JSON.stringify(metadataOf(context))]]))
  const batch = batcher(schema)
  const arrow = new ArrowFileBytes(schema)
  const file = await OutputFile.open(context.path)
  return batchSink({
    every: groupRows(every, columns),
    write: (pieces) => file.writeAll(arrow.batch(batch(concatOf(pieces)))),
    finish: async () => {
      await file.writeAll(arrow.footer())
      await file.finish()
    },
    close: () => file.close(),
  })
}
