/** A sink of lines: a header, one text per row, an end. */

import type { Writable } from 'node:stream'
import type { Batch } from '../../core/batch.js'
import type { SinkContext } from '../../core/sink.js'
import { batchSink } from './batch-sink.js'
import { OutputFile } from './file.js'
import { groupRows } from './group-rows.js'

export interface TextFormat {
  readonly head: string
  /** Of a batch: the text of its row `i`, which is row `index` of the table. */
  readonly textsIn: (batch: Batch) => (i: number, index: number) => string
  /** Written after the last row. */
  readonly tail?: () => string
  readonly used?: () => number
}

/** Rows that are waited for, fewer where vectors are wide: so many are held. */
const mostRows = 4096

/** Letters that are held before they go to the file: one text of all rows could be longer than any text may be. */
const mostLetters = 2 ** 22

export async function textSink(context: SinkContext, { head, textsIn, tail, used }: TextFormat): Promise<Writable> {
  const file = await OutputFile.open(context.path)
  let index = 0
  let begun = false
  const begin = () => {
    const start = begun ? '' : head
    begun = true
    return start
  }
  return batchSink({
    every: groupRows(mostRows, context.columns),
    async write(pieces) {
      let text = begin()
      for (const batch of pieces) {
        const textAt = textsIn(batch)
        for (let i = 0; i < batch.length; i++) {
          text += textAt(i, index++)
          if (text.length < mostLetters) continue
          await file.write(text)
          text = ''
        }
      }
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
