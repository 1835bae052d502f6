/** Grey, Otsu, components and dilation against scikit-image and OpenCV (golden/masks.py) and the worked examples. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { packageRoot } from '../../src/core/package-root.js'
import { dilate, ellipse, kernelFor, onesOf, withoutSmall } from '../../src/geometry/morphology.js'
import { darkerThan, greyOf, histogramOf, otsuThreshold } from '../../src/geometry/otsu.js'
import { ended } from '../support/bitmaps.js'

interface Golden {
  readonly size: readonly [number, number]
  readonly threshold: number
  readonly kernel: readonly [number, number]
  readonly ones: number
  readonly cleaned: string
  readonly dilated: string
}

function grey(width: number, height: number): Uint8Array {
  let x = BigInt(width * 1000 + height)
  return Uint8Array.from({ length: width * height }, (_, i) => {
    x = (1103515245n * x + 12345n) % 2n ** 31n
    const v = Number((x >> 16n) & 255n)
    const blob = Math.floor((i % width) / 5) % 3 === 1 && Math.floor(Math.floor(i / width) / 4) % 2 === 1
    return blob ? Math.floor(v / 3) : 255 - Math.floor(v / 4)
  })
}

for (const golden of JSON.parse(readFileSync(path.join(packageRoot, 'test/golden/masks.json'), 'utf8')) as Golden[]) {
  const [width, height] = golden.size
  test(`${width} x ${height} with a kernel of ${golden.kernel.join(' x ')}: as scikit-image and OpenCV`, (t) => {
    const picture = grey(width, height)
    const threshold = otsuThreshold(ended(histogramOf(picture)))
    t.is(threshold, golden.threshold)
    const kernel = ellipse({ width: golden.kernel[0], height: golden.kernel[1] })
    t.is(onesOf(kernel), golden.ones)
    const cleaned = ended(withoutSmall({ width, height, data: ended(darkerThan(picture, threshold)) }, golden.ones))
    t.is(cleaned.join(''), golden.cleaned)
    t.is(ended(dilate({ width, height, data: cleaned }, kernel)).join(''), golden.dilated)
  })
}

test('the worked thresholds', (t) => {
  const row = Uint8Array.of(10, 10, 12, 200, 210, 210, 220)
  t.is(otsuThreshold(ended(histogramOf(row))), 12)
  t.deepEqual([...ended(darkerThan(row, 12))], [1, 1, 0, 0, 0, 0, 0])
  t.is(otsuThreshold(ended(histogramOf(Uint8Array.of(0, 0, 1, 1, 255, 255)))), 1)
  t.is(otsuThreshold(ended(histogramOf(new Uint8Array(9).fill(7)))), 7)
  t.deepEqual([...ended(darkerThan(Uint8Array.of(7, 7), 7))], [0, 0])
})

const kernels: readonly (readonly [number, number, number])[] = [
  [8, 4, 13],
  [6, 5, 17],
  [4, 8, 53],
  [2, 16, 207],
  [32, 1, 1],
  [50, 1, 1],
]
for (const [mpp, side, ones] of kernels) {
  test(`at ${mpp} mpp the kernel is ${side} px wide with ${ones} ones`, (t) => {
    const kernel = kernelFor({ x: mpp, y: mpp })
    t.deepEqual([kernel.width, kernel.height, onesOf(kernel)], [side, side, ones])
  })
}

test('grey is a weighted mean in whole numbers', (t) => {
  t.deepEqual([...greyOf(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 1, 2, 3))], [76, 150, 29, 255, 2])
})

const bitmaps = fc.record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) }).chain((size) =>
  fc.record({
    width: fc.constant(size.width),
    height: fc.constant(size.height),
    data: fc
      .array(fc.constantFrom(0, 1), { minLength: size.width * size.height, maxLength: size.width * size.height })
      .map((v) => Uint8Array.from(v)),
  }),
)

test('what is left after removing small groups is what a flood fill leaves', (t) => {
  fc.assert(
    fc.property(bitmaps, fc.integer({ min: 1, max: 12 }), (bitmap, least) => {
      const { width, height, data } = bitmap
      const expected = data.slice()
      const seen = new Set<number>()
      for (let start = 0; start < data.length; start++) {
        if (!data[start] || seen.has(start)) continue
        const group = [start]
        seen.add(start)
        for (const at of group) {
          const [x, y] = [at % width, Math.floor(at / width)]
          for (let dy = -1; dy <= 1; dy++) {
            for (let dx = -1; dx <= 1; dx++) {
              const [nx, ny] = [x + dx, y + dy]
              const n = ny * width + nx
              if (nx >= 0 && ny >= 0 && nx < width && ny < height && data[n] && !seen.has(n)) {
                seen.add(n)
                group.push(n)
              }
            }
          }
        }
        if (group.length < least) for (const at of group) expected[at] = 0
      }
      t.deepEqual(ended(withoutSmall(bitmap, least)), expected)
    }),
  )
})
