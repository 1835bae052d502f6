/** A picture of which only a part is pushed, the rest being white: the same bytes as the whole, without the work. */

import test from 'ava'
import fc from 'fast-check'
import { AreaStream } from '../../src/geometry/area-stream.js'

/** Noise that a seed repeats. */
function noise(length: number, seed: number): Uint8Array {
  const out = new Uint8Array(length)
  let state = seed | 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    out[i] = state >> 16
  }
  return out
}

const sides = fc.record({
  out: fc.integer({ min: 1, max: 9 }),
  more: fc.integer({ min: 0, max: 60 }),
  from: fc.integer({ min: 0, max: 40 }),
  length: fc.integer({ min: 0, max: 40 }),
  twice: fc.boolean(),
})

for (const wholeCells of [true, false]) {
  test(`a part gives the bytes of the whole with white around it${wholeCells ? '' : ', but where rounding decides between two'}`, (t) => {
    fc.assert(
      fc.property(sides, sides, fc.constantFrom(1, 3), fc.integer({ min: 1, max: 1e6 }), (across, down, channels, seed) => {
        const along = ({ out, more, from, length, twice }: typeof across) => {
          const source = twice ? 2 * out : out + more
          const cell = wholeCells || twice ? source / out : 1
          const end = Math.min(source, Math.ceil(Math.ceil(Math.min(source, from + length) / cell) * cell))
          const first = Math.min(end, Math.floor(Math.floor(from / cell) * cell))
          // Colours lie in what was asked for; what fills it up to cells is white, as around it.
          const isInside = (at: number) => at >= from && at < from + length
          return { source, out, first, count: end - first, isInside }
        }
        const [x, y] = [along(across), along(down)]
        const stride = x.source * channels
        const whole = new Uint8Array(stride * y.source).fill(255)
        const part = noise(x.count * y.count * channels, seed)
        for (let i = 0; i < part.length; i++) {
          const pixel = Math.floor(i / channels)
          if (!x.isInside(x.first + (pixel % x.count)) || !y.isInside(y.first + Math.floor(pixel / x.count))) part[i] = 255
        }
        for (let row = 0; row < y.count; row++) {
          whole.set(part.subarray(row * x.count * channels, (row + 1) * x.count * channels), (y.first + row) * stride + x.first * channels)
        }
        const size = { width: x.out, height: y.out }
        const [wanted, got] = [new Uint8Array(x.out * y.out * channels), new Uint8Array(x.out * y.out * channels)]
        const source = { width: x.source, height: y.source }
        new AreaStream(source, size, channels).push(whole, y.source, wanted)
        const stream = new AreaStream(source, size, channels, { x: x.first, y: y.first, width: x.count, height: y.count })
        const half = y.count >> 1
        stream.push(part, half, got)
        stream.push(part.subarray(half * x.count * channels), y.count - half, got)
        return stream.rows === y.out && got.every((v, i) => Math.abs(v - wanted[i]!) <= (wholeCells ? 0 : 1))
      }),
      { numRuns: 2000, seed: 7 },
    )
    t.pass()
  })
}

test('a source of 10^14 pixels with a corner of colour: the mean of its cell, by arithmetic', (t) => {
  const side = 10_000_000
  const stream = new AreaStream({ width: side, height: side }, { width: 1000, height: 1000 }, 3, { x: 0, y: 0, width: 8000, height: 7000 })
  const row = new Uint8Array(8000 * 3).fill(5)
  const out = new Uint8Array(3_000_000)
  for (let y = 0; y < 7000; y++) stream.push(row, 1, out)
  // A cell has 10,000 × 10,000 pixels.
  t.is(out[0], Math.round((5 * 8000 * 7000 + 255 * (1e8 - 8000 * 7000)) / 1e8))
  t.true(out.subarray(3).every((v) => v === 255))
})
