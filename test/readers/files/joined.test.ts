/** Several files as one source: every read is that of one file, byte for byte, and no range reaches into the next. */

import test from 'ava'
import fc from 'fast-check'
import { type ByteSource, coalesce } from '../../../src/readers/byte-source.js'
import { FILE_STRIDE, joinedSource, MOST_JOINED, placeIn } from '../../../src/readers/files/joined.js'
import { sourceOf } from './source-of.js'

test('a read at k × 2^36 + offset is that of file k; beyond its end it is an error of that file', async (t) => {
  const file = fc.uint8Array({ minLength: 1, maxLength: 50 })
  const cases = fc.record({ files: fc.array(file, { minLength: 1, maxLength: 5 }), k: fc.nat(5), offset: fc.nat(60), length: fc.nat(60) })
  await fc.assert(
    fc.asyncProperty(cases, async ({ files, k, offset, length }) => {
      const joined = joinedSource(
        'slide',
        files.map((bytes, i) => sourceOf(bytes, `file ${i}`)),
      )
      const read = joined.read(placeIn(k, offset), length)
      const wanted = files[k]
      if (wanted !== undefined && offset + length <= wanted.length)
        t.deepEqual([...(await read)], [...wanted.subarray(offset, offset + length)])
      else
        await t.throwsAsync(read, {
          code: 'SLIDE_TRUNCATED',
          message: wanted === undefined ? /^slide ends/ : new RegExp(`^file ${k} ends`),
        })
    }),
  )
})

test('ranges of two files are never one, however close they lie', (t) => {
  const whole = (size: number) => [
    { offset: placeIn(0, size - 10), length: 10 },
    { offset: placeIn(1, 0), length: 10 },
  ]
  t.is(coalesce(whole(FILE_STRIDE - 2 ** 28)).length, 2, 'the largest first file there is')
})

test('it says the size, the newest time and its files, and closes them all', async (t) => {
  const closed: string[] = []
  const files = ['a', 'b'].map((uri, i) => ({
    ...sourceOf(Buffer.from('bytes'), uri),
    modified: 10 - i,
    close: async () => void closed.push(uri),
  }))
  const joined = joinedSource('slide', files)
  t.deepEqual([joined.size, joined.modified, joined.files], [FILE_STRIDE + 5, 10, files])
  await joined.close()
  t.deepEqual(closed, ['a', 'b'])
})

test('what has no room is refused by name', (t) => {
  const large: ByteSource = { ...sourceOf(Buffer.alloc(1), 'large.dat'), size: 2 ** 36 }
  t.throws(() => joinedSource('slide', [large]), { code: 'SLIDE_TOO_LARGE', message: /^large.dat has 68719476736 bytes/ })
  const many = Array.from({ length: MOST_JOINED + 1 }, () => sourceOf(Buffer.alloc(1), 'x'))
  t.throws(() => joinedSource('slide', many), { code: 'SLIDE_TOO_LARGE', message: /^slide has 131073 files/ })
  t.true(Number.isSafeInteger(placeIn(MOST_JOINED - 1, FILE_STRIDE - 1)))
})
