import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import type { Column, Row } from '../../../src/core/row.js'
import { batchOf, rowsOf } from '../../../src/core/rows-of.js'
import { batchesIn, piecesOf } from '../../../src/pipeline/store/batch-bytes.js'
import { everyRow, everyType } from '../../sinks/tables.js'

const encoded = (columns: readonly Column[], ...batches: readonly (readonly Row[])[]) =>
  Buffer.concat(batches.flatMap((rows) => piecesOf(columns, batchOf(columns, rows, 0))))
const decoded = (columns: readonly Column[], bytes: Uint8Array) => [...batchesIn(bytes, columns)].map((batch) => rowsOf(columns, batch))

for (const count of [0, 1, 5000]) {
  test(`batches of ${count} rows come back equal`, (t) => {
    const rows = [...everyRow(count)]
    t.true(isDeepStrictEqual(decoded(everyType, encoded(everyType, rows, rows.slice(0, 3))), [rows, rows.slice(0, 3)]))
  })
}

test('NaN, infinities and minus zero survive, and float16 takes half the room', (t) => {
  const columns = [
    { name: 'f', type: 'float32', nullable: true, about: '' },
    { name: 'd', type: 'float64', about: '' },
    { name: 'v', type: 'vector', size: 3, about: '' },
    { name: 'h', type: 'vector', size: 3, element: 'float16', about: '' },
  ] as const
  const odd = [Number.NaN, Number.NEGATIVE_INFINITY, -0]
  const rows = [...odd, null].map((f) => ({ f, d: f ?? Number.NaN, v: new Float32Array(odd), h: new Float32Array(odd) }))
  t.deepEqual(decoded(columns, encoded(columns, rows)), [rows])
  const half = encoded([{ ...columns[3] }], rows).length - encoded([{ ...columns[3] }], []).length
  t.true(half < 4 * 3 * 4, `${half} bytes`)
})

test('a piece of other columns is refused', (t) => {
  const columns = [{ name: 'a', type: 'int32', about: '' }] as const
  const piece = encoded(columns, [{ a: 1 }])
  for (const other of [
    [{ name: 'b', type: 'int32', about: '' }],
    [{ name: 'a', type: 'float32', about: '' }],
    [],
    [columns[0], { name: 'b', type: 'int32', about: '' }],
  ] as const) {
    t.throws(() => decoded(other, piece), { name: 'SinkError', code: 'SEGMENT_FOREIGN' })
  }
})
