/** Opens the jsonl sink. */

import type { Writable } from 'node:stream'
import { readerOf } from '../../core/batches/rows-of.js'
import type { SinkContext } from '../../core/sink.js'
import { jsonValue } from '../common/text.js'
import { textSink } from '../common/text-sink.js'

export default function openJsonl(_options: unknown, context: SinkContext): Promise<Writable> {
  const { columns } = context
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`)
  return textSink(context, {
    head: '',
    textsIn: (batch) => {
      const read = batch.columns.map(readerOf)
      return (i) => `{${columns.map((column, c) => keys[c] + jsonValue(read[c]!(i), column)).join(',')}}\n`
    },
  })
}
