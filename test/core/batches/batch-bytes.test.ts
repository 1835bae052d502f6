import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { batchesIn, batchIn, messageOf, piecesOf } from '../../../src/core/batches/batch-bytes.js'
import { sliceOf } from '../../../src/core/batches/rearrange.js'
import { batchOf, rowsOf } from '../../../src/core/batches/rows-of.js'
import type { Column, Row } from '../../../src/core/row.js'
import { everyRow, everyType } from '../../sinks/tables.js'

const encoded = (columns: readonly Column[], ...batches: readonly (readonly Row[])[]) =>
  new Uint8Array(Buffer.concat(batches.flatMap((rows) => piecesOf(batchOf(columns, rows, 0)).pieces)))
const decoded = (columns: readonly Column[], { buffer }: Uint8Array<ArrayBuffer>) =>
  [...batchesIn(columns, buffer)].map((batch) => rowsOf(columns, batch))

for (const count of [0, 1, 5000]) {
  test(`batches of ${count} rows come back equal`, (t) => {
    const rows = [...everyRow(count)]
    t.true(isDeepStrictEqual(decoded(everyType, encoded(everyType, rows, rows.slice(0, 3))), [rows, rows.slice(0, 3)]))
  })

  test(`${count} rows cross a thread as a message: what is long moves, the rest is one buffer`, (t) => {
    const rows = [...everyRow(count)]
    const { message, transfer } = messageOf(batchOf(everyType, rows, 0))
    t.is(transfer.length, 1 + message.apart.length)
    t.is(message.apart.length > 0, count === 5000)
    const moved = structuredClone(message, { transfer })
    t.true(transfer.every(({ byteLength }) => byteLength === 0))
    t.true(isDeepStrictEqual(rowsOf(everyType, batchIn(everyType, moved)), rows))
  })
}

test('part of a larger buffer crosses a thread, too, and leaves the buffer where it is', (t) => {
  const rows = [...everyRow(5000)]
  const whole = batchOf(everyType, rows, 0)
  const { message, transfer } = messageOf(sliceOf(whole, 400, 4900))
  t.true(isDeepStrictEqual(rowsOf(everyType, batchIn(everyType, structuredClone(message, { transfer }))), rows.slice(400, 4900)))
  t.true(isDeepStrictEqual(rowsOf(everyType, whole), rows))
})

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
  // Four rows of three halves.
  t.is(encoded([columns[3]], rows).length - encoded([columns[3]], []).length, 24)
})
