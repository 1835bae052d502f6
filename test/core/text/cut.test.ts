/** Messages that say a value of a megabyte. */

import test from 'ava'
import { PipelineError, recordOf } from '../../../src/core/errors.js'
import { cut } from '../../../src/core/text/cut.js'

test('a line of a message is cut in its middle, others stay', (t) => {
  const lines = Array.from({ length: 9000 }, (_, i) => `line ${i}`).join('\n')
  const long = `the slide '${'x'.repeat(1_000_000)}' is not there`
  const told = cut(`${lines}\n${long}`)
  const [last = ''] = told.split('\n').slice(-1)
  t.true(told.startsWith(`${lines}\n`))
  t.true(last.length <= 4096)
})

test('so is what goes into receipts and logs', (t) => {
  const { message, hint, cause } = recordOf(
    new PipelineError('X', `a '${'b'.repeat(5000)}' c`, { hint: 'd'.repeat(5000), cause: new Error('e'.repeat(5000)) }),
  )
  for (const text of [message, hint!, cause!]) t.true(text.length <= 4096)
  t.regex(message, /^a 'b+ … b+' c$/)
})
