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

test('the threshold parts a histogram as no other does, counted plainly', (t) => {
  const counts = fc.uniqueArray(fc.oneof(fc.nat(255), fc.nat(5)), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(counts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 6, maxLength: 6 }), (values, often) => {
      const pixels = values.flatMap((value, i) => Array<number>(often[i]!).fill(value))
      const apart = (threshold: number) => {
        const [below, above] = [pixels.filter((v) => v <= threshold), pixels.filter((v) => v > threshold)]
        const mean = (some: number[]) => some.reduce((sum, v) => sum + v, 0) / Math.max(1, some.length)
        return below.length * above.length * (mean(below) - mean(above)) ** 2
      }
      const threshold = otsuThreshold(ended(histogramOf(Uint8Array.from(pixels))))
      const best = values.toSorted((a, b) => a - b).find((v, _, all) => all.every((other) => apart(v) >= apart(other)))
      // What is parted as well but for rounding may be the one or the other.
      return threshold === best || (values.includes(threshold) && Math.abs(apart(threshold) / apart(best!) - 1) < 1e-6)
    }),
  )
  t.pass()
})

test('every pixel is counted once and judged once, however many pieces they come in', (t) => {
  const length = 2 ** 22 + 3
  const grey = new Uint8Array(length).fill(7)
  // The first, the last, and those on both sides of where a piece may end.
  for (const at of [0, 2 ** 21 - 1, 2 ** 21, 2 ** 22, length - 1]) grey[at] = 5
  const counts = ended(histogramOf(grey))
  t.deepEqual([counts.length, counts[5], counts[7], counts.reduce((sum, n) => sum + n)], [256, 5, length - 5, length])
  const dark = ended(darkerThan(grey, 7))
  t.deepEqual([dark.length, dark.reduce((sum, n) => sum + n)], [length, 5])
  t.deepEqual([dark[0], dark[1], dark[2 ** 21 - 1], dark[2 ** 21], dark[2 ** 22], dark[length - 1]], [1, 0, 1, 1, 1, 1])
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

test('a pixel need not be square, nor its kernel', (t) => {
  const { width, height } = kernelFor({ x: 1, y: 2 })
  t.deepEqual([width, height], [32, 16])
})

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

test('a pixel is set where one under the kernel is, at every edge, too', (t) => {
  const sides = fc.integer({ min: 1, max: 6 })
  fc.assert(
    fc.property(bitmaps, sides, sides, ({ width, height, data }, across, down) => {
      const kernel = ellipse({ width: across, height: down })
      const [left, top] = [across >> 1, down >> 1]
      const isSet = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === 1
      const expected = data.map((_, at) => {
        const [x, y] = [at % width, Math.floor(at / width)]
        for (let i = 0; i < down; i++) for (let j = kernel.from[i]!; j < kernel.to[i]!; j++) if (isSet(x + j - left, y + i - top)) return 1
        return 0
      })
      return Buffer.compare(ended(dilate({ width, height, data }, kernel)), expected) === 0
    }),
  )
  t.pass()
})
