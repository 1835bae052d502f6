/** A sink of lines holds some letters, never the text of all rows that came: of wide vectors that is longer than any text may be. */

import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import type { Batch } from '../../../src/core/batch.js'
import type { SinkContext } from '../../../src/core/sink.js'
import { OutputFile } from '../../../src/sinks/common/file.js'
import { textSink } from '../../../src/sinks/common/text-sink.js'
import { temporary } from '../tables.js'

test('rows of 16 million letters are written one by one', async (t) => {
  const context = { path: path.join(await temporary(t), 'a.txt'), columns: [] } as unknown as SinkContext
  const written: number[] = []
  const { write } = OutputFile.prototype
  OutputFile.prototype.write = async (text) => void written.push(text.length)
  t.teardown(() => {
    OutputFile.prototype.write = write
  })
  const long = 'x'.repeat(2 ** 24)
  const rows: Batch[] = [{ length: 40, columns: [] }]
  await pipeline(rows, await textSink(context, { head: 'head', textsIn: () => () => long, tail: () => 'tail' }))
  t.is(Math.max(...written), long.length + 4)
  t.is(
    written.reduce((sum, length) => sum + length, 0),
    40 * long.length + 8,
  )
})
