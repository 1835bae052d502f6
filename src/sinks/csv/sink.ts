/** Opens the csv sink. Lines end in CR LF, as RFC 4180 asks. */

import type { Writable } from 'node:stream'
import { readerOf } from '../../core/batches/rows-of.js'
import { SinkError } from '../../core/errors.js'
import type { SinkContext } from '../../core/sink.js'
import { csvField, csvText } from '../common/text.js'
import { textSink } from '../common/text-sink.js'

export default async function openCsv({ vectors }: { readonly vectors: 'refuse' | 'json' }, context: SinkContext): Promise<Writable> {
  const { columns, path } = context
  const vector = vectors === 'refuse' ? columns.find((column) => column.type === 'vector') : undefined
  if (vector) {
    throw new SinkError('VALUE_UNSUPPORTED', `${path}: column '${vector.name}' is a vector, which CSV has no way to write`, {
      hint: 'say vectors: json, or write it with arrow or parquet',
    })
  }
  return textSink(context, {
    head: `${columns.map(({ name }) => csvText(name)).join(',')}\r\n`,
    textsIn: (batch) => {
      const read = batch.columns.map(readerOf)
      // Readers skip an empty line: of one column alone null is written as Python's csv does.
      return (i) => `${columns.map((column, c) => csvField(read[c]!(i), column)).join(',') || '""'}\r\n`
    },
  })
}
