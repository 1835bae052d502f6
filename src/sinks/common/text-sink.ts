/** A sink of lines: a header, one text per row, an end. */

import type { Writable } from 'node:stream'
import type { Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { OutputFile } from './file.js'
import { rowSink } from './row-sink.js'

export interface TextFormat {
  readonly head: string
  readonly row: (row: Row, index: number) => string
  /** Written after the last row. */
  readonly tail?: () => string
  readonly used?: () => number
}

/** Rows turned into text at once. */
const every = 4096

export async function textSink(context: SinkContext, { head, row, tail, used }: TextFormat): Promise<Writable> {
  const { columns, path } = context
  const file = await OutputFile.open(path)
  let index = 0
  let begun = false
  const begin = () => {
    const start = begun ? '' : head
    begun = true
    return start
  }
  return rowSink({
    columns,
    every,
    async write(rows) {
      let text = begin()
      for (const each of rows) text += row(each, index++)
      await file.write(text)
    },
    finish: async () => {
      await file.write(begin() + (tail?.() ?? ''))
      await file.finish()
    },
    close: () => file.close(),
    ...(used ? { used } : {}),
  })
}
