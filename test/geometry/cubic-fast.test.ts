/** The quick way of cubic convolution gives the bytes of the plain loops, and is what its source says. */

import test from 'ava'
import fc from 'fast-check'
import { cubicTaps } from '../../src/geometry/axis.js'
import { cubicExactly, kernelBytes } from '../../src/geometry/cubic-fast.js'
import { filterTaps } from '../../src/geometry/enlarge.js'
import type { Size } from '../../src/geometry/region.js'
import { compiled, pictures, sameBytes, square, testSizes } from './kernels.js'

test('the bytes are what the source compiles to', async (t) => t.is(await compiled('cubic-fast.wat'), kernelBytes))

function plainly(source: Uint8Array, size: Size, outSize: Size): Uint8Array {
  const out = new Uint8Array(outSize.width * outSize.height * 3)
  filterTaps(source, size.width, cubicTaps(size.width, outSize.width), cubicTaps(size.height, outSize.height), out, 3)
  return out
}

const sizes: readonly (readonly [Size, Size])[] = [
  [square(222), square(224)],
  [square(223), square(224)],
  [square(112), square(224)],
  [square(1), square(7)],
  [
    { width: 3, height: 300 },
    { width: 301, height: 301 },
  ],
  [
    { width: 100, height: 300 },
    { width: 101, height: 40 },
  ],
  [
    { width: 300, height: 100 },
    { width: 40, height: 101 },
  ],
]

testSizes(sizes, cubicExactly, plainly)

test('any sizes: the bytes of the plain loops, and nothing beside them', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 4, maxLength: 4 }), ([width, height, outWidth, outHeight]) => {
      const size = { width: width!, height: height! }
      const outSize = { width: outWidth!, height: outHeight! }
      for (const source of pictures(size)) {
        const room = new Uint8Array(outSize.width * outSize.height * 3 + 16).fill(77)
        const out = room.subarray(8, room.length - 8)
        if (!cubicExactly(source, size, out, outSize)) throw new Error('not taken')
        if (!sameBytes(out, plainly(source, size, outSize))) throw new Error('other bytes')
        if (![...room.subarray(0, 8), ...room.subarray(room.length - 8)].every((v) => v === 77)) throw new Error('bytes beside it')
      }
    }),
    { numRuns: 300 },
  )
  t.pass()
})

test('a sum never needs more than 32 bits', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (length, outLength) => {
      const { weights } = cubicTaps(length, outLength)
      let most = 0
      for (let i = 0; i < weights.length; i += 4) {
        most = Math.max(
          most,
          weights.subarray(i, i + 4).reduce((sum, weight) => sum + Math.abs(weight), 0),
        )
      }
      t.true(most < 1.376 * 2048, `${length} to ${outLength}: ${most}`)
    }),
    { numRuns: 300 },
  )
})

test('too many bytes are left to the plain loops', (t) => {
  t.false(cubicExactly(new Uint8Array(1700 * 1700 * 3), square(1700), new Uint8Array(3), square(1)))
  t.false(cubicExactly(new Uint8Array(3), square(1), new Uint8Array(1700 * 1700 * 3), square(1700)))
})
