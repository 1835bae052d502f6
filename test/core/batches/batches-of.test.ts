/** Rows that are given one by one. */

import test from 'ava'
import { batchesOf, type Column, type Row, rowsIn } from '../../../src/index.js'

const columns: readonly Column[] = [
  { name: 'n', type: 'int32', about: 'a number' },
  { name: 'v', type: 'vector', size: 2, about: 'two numbers' },
]

test('rows may be one object with one vector, changed for each, or such as compute what they say', async (t) => {
  const vector = new Float32Array(2)
  const one: Row = { v: vector }
  const changed = async function* () {
    for (let n = 0; n < 3; n++) {
      one.n = n
      vector.fill(n)
      yield one
    }
  }
  const computed = [0, 1, 2].map((n) => Object.create({ n, v: Float32Array.of(n, n) }) as Row)
  for (const rows of [changed(), computed]) {
    const read = []
    for await (const { n, v } of rowsIn(columns, batchesOf(columns, rows))) read.push([n, ...(v as Float32Array)])
    t.deepEqual(read, [
      [0, 0, 0],
      [1, 1, 1],
      [2, 2, 2],
    ])
  }
})
