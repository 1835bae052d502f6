/** Where samples lie half-way between two grey levels, the quick way gives the bytes of the plain loops, too. */

import test from 'ava'
import fc from 'fast-check'
import { shrinkWithTies } from '../../src/geometry/area-ties.js'
import type { Size } from '../../src/geometry/region.js'
import { byAreaPlainly, pictures, sameBytes, square, testSizes } from './kernels.js'

const sizes: readonly (readonly [Size, Size])[] = [
  [square(256), square(224)],
  [square(512), square(224)],
  [square(512), square(384)],
  [square(1024), square(224)],
  // A whole number of samples, which is no power of two.
  [square(1344), square(224)],
  [
    { width: 320, height: 450 },
    { width: 224, height: 224 },
  ],
]

testSizes(sizes, shrinkWithTies, byAreaPlainly)

test('any sizes: the bytes of the plain loops, or none', (t) => {
  let taken = 0
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 4, maxLength: 4 }), ([a, b, c, d]) => {
      const size = { width: Math.max(a!, c!), height: Math.max(b!, d!) }
      const outSize = { width: Math.min(a!, c!), height: Math.min(b!, d!) }
      // Halves are rounded in a way of their own, and go another one.
      fc.pre(size.width !== 2 * outSize.width || size.height !== 2 * outSize.height)
      const [source, black] = pictures(size)
      for (const picture of [source!, black!]) {
        const out = new Uint8Array(outSize.width * outSize.height * 3)
        if (!shrinkWithTies(picture, size, out, outSize)) return
        taken++
        if (!sameBytes(out, byAreaPlainly(picture, size, outSize))) throw new Error('other bytes')
      }
    }),
    { numRuns: 500 },
  )
  t.true(taken > 500, `${taken} of 1,000`)
})
