/** Opens the arrow sink. */

import type { Writable } from 'node:stream'
import type { SinkContext } from '../../core/sink.js'
import { OutputFile } from '../common/file.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { rowSink } from '../common/row-sink.js'
import { batcher, schemaOf } from './columns.js'
import { ArrowFileBytes } from './writer.js'

export interface ArrowOptions {
  readonly file: string
  readonly batch: number
}

export default async function openArrow({ batch: every }: ArrowOptions, context: SinkContext): Promise<Writable> {
  const { columns } = context
  const schema = schemaOf(columns, new Map([[metadataKey, JSON.stringify(metadataOf(context))]]))
  const batch = batcher(columns, schema)
  const arrow = new ArrowFileBytes(schema)
  const file = await OutputFile.open(context.path)
  return rowSink({
    columns,
    every,
    write: (rows) => file.write(arrow.batch(batch(rows))),
    finish: async () => {
      await file.write(arrow.footer())
      await file.finish()
    },
    close: () => file.close(),
  })
}
