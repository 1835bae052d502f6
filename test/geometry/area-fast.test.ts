/** The quick way of shrinking gives the bytes of the plain loops, and is what its source says. */

import test from 'ava'
import fc from 'fast-check'
import { kernelBytes, shrinkExactly } from '../../src/geometry/area-fast.js'
import type { Size } from '../../src/geometry/region.js'
import { byAreaPlainly, compiled, pictures, sameBytes, square, testSizes } from './kernels.js'

test('the bytes are what the source compiles to', async (t) => t.is(await compiled('area-fast.wat'), kernelBytes))

const sizes: readonly (readonly [Size, Size])[] = [
  [square(225), square(224)],
  [square(245), square(224)],
  [square(444), square(224)],
  // The most parts that single precision takes.
  [square(255), square(254)],
  [square(445), square(224)],
  [square(448), square(224)],
  [square(896), square(224)],
  [square(1024), square(128)],
  [
    { width: 448, height: 896 },
    { width: 224, height: 224 },
  ],
  [
    { width: 224, height: 512 },
    { width: 224, height: 128 },
  ],
  [square(513), square(512)],
  [
    { width: 901, height: 677 },
    { width: 256, height: 224 },
  ],
  [
    { width: 225, height: 224 },
    { width: 224, height: 224 },
  ],
  [
    { width: 1345, height: 3 },
    { width: 7, height: 1 },
  ],
]

testSizes(sizes, shrinkExactly, byAreaPlainly)

test('any sizes: the bytes of the plain loops, or none', (t) => {
  let taken = 0
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 4, maxLength: 4 }), ([a, b, c, d]) => {
      const size = { width: Math.max(a!, c!), height: Math.max(b!, d!) }
      const outSize = { width: Math.min(a!, c!), height: Math.min(b!, d!) }
      const [source] = pictures(size)
      // The picture's place in a larger buffer must not matter, and nothing beside it may be written.
      const room = new Uint8Array(outSize.width * outSize.height * 3 + 16).fill(77)
      const out = room.subarray(8, room.length - 8)
      const done = shrinkExactly(source!, size, out, outSize)
      if (done) taken++
      if (!sameBytes(out, done ? byAreaPlainly(source!, size, outSize) : Buffer.alloc(out.length, 77))) throw new Error('other bytes')
      if (![...room.subarray(0, 8), ...room.subarray(room.length - 8)].every((v) => v === 77)) throw new Error('bytes beside it')
    }),
    { numRuns: 500 },
  )
  t.true(taken > 50, `${taken} of 500`)
})

test('sizes with ties, thin edges or too many bytes are left to the plain loops', (t) => {
  const refused: readonly (readonly [Size, Size])[] = [
    [square(512), square(224)],
    [square(1344), square(224)],
    [
      { width: 1003, height: 5 },
      { width: 1001, height: 5 },
    ],
    [
      { width: 20_001, height: 201 },
      { width: 200, height: 200 },
    ],
  ]
  for (const [size, outSize] of refused) {
    const out = new Uint8Array(outSize.width * outSize.height * 3)
    t.false(shrinkExactly(new Uint8Array(size.width * size.height * 3), size, out, outSize))
  }
})
