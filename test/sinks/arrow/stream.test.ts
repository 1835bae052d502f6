import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { decodeSegment, encodeSegment } from '../../../src/sinks/arrow/stream.js'
import { everyRow, everyType } from '../tables.js'

for (const count of [0, 1, 5000]) {
  test(`a segment of ${count} rows comes back equal`, (t) => {
    const rows = [...everyRow(count)]
    t.true(isDeepStrictEqual(decodeSegment(encodeSegment(everyType, rows), everyType), rows))
  })
}

test('NaN, infinities and minus zero survive', (t) => {
  const columns = [
    { name: 'f', type: 'float32', nullable: true, about: '' },
    { name: 'd', type: 'float64', about: '' },
    { name: 'v', type: 'vector', size: 3, about: '' },
  ] as const
  const odd = [Number.NaN, Number.NEGATIVE_INFINITY, -0]
  const rows = [...odd, null].map((f) => ({ f, d: f ?? Number.NaN, v: new Float32Array(odd) }))
  t.deepEqual(decodeSegment(encodeSegment(columns, rows), columns), rows)
})

test('a segment of other columns is refused', (t) => {
  const columns = [{ name: 'a', type: 'int32', about: '' }] as const
  const segment = encodeSegment(columns, [{ a: 1 }])
  for (const other of [
    { name: 'b', type: 'int32', about: '' },
    { name: 'a', type: 'float32', about: '' },
  ] as const) {
    t.throws(() => decodeSegment(segment, [other]), { name: 'SinkError', code: 'SEGMENT_FOREIGN' })
  }
})
