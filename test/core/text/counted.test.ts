import test from 'ava'
import { counted } from '../../../src/core/text/counted.js'

test('one is singular, all other numbers are not', (t) => {
  t.deepEqual(
    [0, 1, 2, 21].map((count) => counted(count, 'row')),
    ['0 rows', '1 row', '2 rows', '21 rows'],
  )
  t.is(counted(1, 'patch', 'patches'), '1 patch')
  t.is(counted(2, 'patch', 'patches'), '2 patches')
})
