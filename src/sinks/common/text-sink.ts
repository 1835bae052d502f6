/** A sink of lines: a header, one text per row, an end. */

import type { Writable } from 'node:stream'
import type { Batch } from '../../core/batch.js'
import type { SinkContext } from '../../core/sink.js'
import { batchSink } from './batch-sink.js'
import { OutputFile } from './file.js'

export interface TextFormat {
  readonly head: string
  /** Of a batch: the text of its row `i`, which is row `index` of the table. */
  readonly textsIn: (batch: Batch) => (i: number, index: number) => string
  /** Written after the last row. */
  readonly tail?: () => string
  readonly used?: () => number
}

/** Rows turned into text at once. */
const every = 4096

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
    every,
    async write(pieces) {
      let text = begin()
      for (const batch of pieces) {
        const textAt = textsIn(batch)
        for (let i = 0; i < batch.length; i++) text += textAt(i, index++)
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
