/** Errors of the system that Node has no name for, as it gives them on Linux: by numbers, in two ways. */

import test from 'ava'
import { systemCode, systemMessage } from '../../../src/core/files/system-error.js'
import { ownerOf } from '../../../src/core/owners.js'

const linux = process.platform === 'linux' ? test : test.skip

/** As the functions that return a promise give it, and as `writeSync` does. */
const unnamed = (number: number): readonly NodeJS.ErrnoException[] => [
  Object.assign(new Error(`Unknown system error -${number}: Unknown system error -${number}, write`), {
    code: `Unknown system error -${number}`,
    errno: -number,
    syscall: 'write',
  }),
  Object.assign(new Error('UNKNOWN: unknown error, write'), { code: 'UNKNOWN', errno: -number, syscall: 'write' }),
]

linux('a full quota, a stale handle and an expired ticket have their names', (t) => {
  for (const error of unnamed(122)) {
    t.is(systemCode(error), 'EDQUOT')
    t.is(systemMessage(error), 'EDQUOT: disk quota exceeded, write')
    // Nothing more can be written by any slide.
    t.is(ownerOf(error), 'run')
  }
  for (const error of unnamed(116)) t.is(systemMessage(error), 'ESTALE: stale file handle, write')
  for (const error of unnamed(127)) t.is(systemCode(error), 'EKEYEXPIRED')
})

test('what has a name keeps it, and what nobody knows stays as it is', (t) => {
  const plain = unnamed(4095)[0]!
  t.is(systemCode(plain), plain.code)
  t.is(systemMessage(plain), 'Unknown system error -4095, write')
  const named = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5 })
  t.is(systemCode(named), 'EIO')
  t.is(systemMessage(named), 'EIO: i/o error, read')
  t.is(systemCode(new Error('UNKNOWN')), undefined)
  t.is(systemMessage(null), 'null')
})
