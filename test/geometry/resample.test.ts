/** Resampling against OpenCV's bytes (golden/resample.py), the worked rows of the TIAToolbox study, and arithmetic. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { packageRoot } from '../../src/core/package-root.js'
import { AreaStream } from '../../src/geometry/area-stream.js'
import { type ResampleKind, resize, resizing } from '../../src/geometry/resample.js'

interface Golden {
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly kind: ResampleKind
  readonly data: string
}

const goldens = JSON.parse(readFileSync(path.join(packageRoot, 'test/golden/resample.json'), 'utf8')) as Golden[]

function picture(width: number, height: number): Uint8Array {
  let x = BigInt(width * 1000 + height)
  return Uint8Array.from({ length: width * height * 3 }, () => {
    x = (1103515245n * x + 12345n) % 2n ** 31n
    return Number((x >> 16n) & 255n)
  })
}

for (const { from, to, kind, data } of goldens) {
  test(`${from.join(' x ')} becomes ${to.join(' x ')} by ${kind}, every byte as OpenCV`, (t) => {
    const out = new Uint8Array(to[0] * to[1] * 3)
    const [size, outSize] = [
      { width: from[0], height: from[1] },
      { width: to[0], height: to[1] },
    ]
    resize(picture(...from), size, out, outSize, kind)
    t.deepEqual(Buffer.from(out), Buffer.from(data, 'base64'))
    // And in pieces of a few rows, none of which is larger than was asked for, or than one row.
    const piece = 300
    out.fill(0)
    for (const bytes of resizing(picture(...from), size, out, outSize, kind, 3, piece)) {
      t.true(bytes <= Math.max(piece, from[0] * 3, to[0] * 3))
    }
    t.deepEqual(Buffer.from(out), Buffer.from(data, 'base64'))
  })
}

const rows: readonly (readonly [number, ResampleKind, readonly number[]])[] = [
  [4, 'cubic', [2, 61, 216, 145]],
  [4, 'area', [5, 65, 205, 150]],
  [5, 'cubic', [1, 35, 121, 252, 126]],
  [5, 'area', [4, 39, 125, 226, 138]],
  [7, 'cubic', [0, 15, 56, 121, 229, 222, 106]],
  [7, 'area', [1, 18, 59, 125, 216, 212, 112]],
  [12, 'cubic', [0, 2, 14, 32, 61, 103, 143, 216, 252, 217, 145, 91]],
  [12, 'area', [0, 5, 10, 40, 65, 90, 160, 205, 250, 200, 150, 100]],
  [16, 'cubic', [0, 1, 5, 16, 28, 52, 72, 108, 136, 190, 237, 252, 225, 172, 121, 89]],
  [16, 'area', [0, 0, 10, 10, 40, 40, 90, 90, 160, 160, 250, 250, 200, 200, 100, 100]],
]

for (const [n, kind, expected] of rows) {
  test(`the row of eight becomes ${n} by ${kind}`, (t) => {
    const out = new Uint8Array(n)
    resize(Uint8Array.of(0, 10, 40, 90, 160, 250, 200, 100), { width: 8, height: 1 }, out, { width: n, height: 1 }, kind, 1)
    out.forEach((v, i) => {
      t.true(Math.abs(v - expected[i]!) <= 1, `${v} for ${expected[i]} at ${i}`)
    })
  })
}

const shrinking = fc
  .record({ w: fc.integer({ min: 1, max: 40 }), h: fc.integer({ min: 1, max: 40 }), channels: fc.constantFrom(1, 3) })
  .chain((s) => fc.record({ s: fc.constant(s), ow: fc.integer({ min: 1, max: s.w }), oh: fc.integer({ min: 1, max: s.h }) }))

test('fed in pieces of any height, the stream gives the bytes of the whole picture', (t) => {
  fc.assert(
    fc.property(shrinking, fc.integer({ min: 1, max: 9 }), ({ s, ow, oh }, step) => {
      const src = picture(s.w, s.h).subarray(0, s.w * s.h * s.channels)
      const size = { width: ow, height: oh }
      const whole = new Uint8Array(ow * oh * s.channels)
      resize(src, { width: s.w, height: s.h }, whole, size, 'area', s.channels)
      if (ow === s.w && oh === s.h) return
      const pieces = new Uint8Array(whole.length)
      const stream = new AreaStream({ width: s.w, height: s.h }, size, s.channels)
      for (let y = 0; y < s.h; y += step) {
        const count = Math.min(step, s.h - y)
        stream.push(src.subarray(y * s.w * s.channels, (y + count) * s.w * s.channels), count, pieces)
      }
      t.is(stream.rows, oh)
      t.deepEqual(pieces, whole)
    }),
  )
})

test('shrinking by area keeps the mean', (t) => {
  fc.assert(
    fc.property(shrinking, ({ s, ow, oh }) => {
      const src = picture(s.w, s.h).subarray(0, s.w * s.h)
      const out = new Uint8Array(ow * oh)
      resize(src, { width: s.w, height: s.h }, out, { width: ow, height: oh }, 'area', 1)
      const mean = (bytes: Uint8Array) => bytes.reduce((a, b) => a + b, 0) / bytes.length
      t.true(Math.abs(mean(src) - mean(out)) <= 0.51)
    }),
  )
})

test('one colour stays that colour, whatever the size and kind', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom<ResampleKind>('area', 'cubic'),
      ([w, h, ow, oh], grey, kind) => {
        const out = new Uint8Array(ow! * oh! * 3)
        resize(new Uint8Array(w! * h! * 3).fill(grey), { width: w!, height: h! }, out, { width: ow!, height: oh! }, kind)
        t.true(out.every((v) => Math.abs(v - grey) <= 1))
      },
    ),
  )
})

test('buffers that do not fit are refused', (t) => {
  t.throws(() => resize(new Uint8Array(11), { width: 2, height: 2 }, new Uint8Array(3), { width: 1, height: 1 }, 'area'), {
    instanceOf: RangeError,
    message: /11 bytes for 2 x 2/,
  })
  t.throws(() => new AreaStream({ width: 2, height: 2 }, { width: 3, height: 1 }), { instanceOf: RangeError })
})
