/** What is meant by a slip of the pen, and what is none. */

import test from 'ava'
import { nearest } from '../../../src/core/text/nearest.js'

const cases: readonly [string, readonly string[], string | null][] = [
  ['tumor', ['stroma', 'tumour'], 'tumour'],
  ['STROMA', ['stroma', 'tumour'], 'stroma'],
  ['A', ['b', 'a'], 'a'],
  ['a1', ['a', 'b'], 'a'],
  ['ab', ['ba'], 'ba'],
  ['1', ['a', 'b', 'c'], null],
  ['', ['a'], null],
  ['necrosis', ['stroma', 'tumour'], null],
]

test('a name is meant that shares something with what was written, by few edits', (t) => {
  for (const [written, known, meant] of cases) t.is(nearest(written, known), meant, written)
})
