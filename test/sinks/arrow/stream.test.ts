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

test('a cut segment gives its complete batches and nothing else', (t) => {
  const rows = [...everyRow(10_000)]
  const whole = encodeSegment(everyType, rows)
  const found = new Set<number>()
  for (let share = 0; share < 100; share += 3) {
    const back = decodeSegment(whole.subarray(0, Math.floor((whole.length * share) / 100)), everyType)
    found.add(back.length)
    t.true(isDeepStrictEqual(back, rows.slice(0, back.length)))
  }
  t.deepEqual(
    [...found].sort((a, b) => a - b),
    [0, 4096, 8192],
  )
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

test('a damaged segment gives no rows', (t) => {
  const whole = encodeSegment(everyType, [...everyRow(250)])
  for (let at = 8; at < whole.length; at += 97) {
    if (at >= 12 && at < 16) continue
    const damaged = Uint8Array.from(whole)
    damaged[at]! ^= 0x41
    t.deepEqual(decodeSegment(damaged, everyType), [], `byte ${at}`)
  }
})
