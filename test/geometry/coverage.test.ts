/** Coverage against counting by hand, and TIAToolbox's filter against the numbers it printed. */

import test from 'ava'
import fc from 'fast-check'
import { isEnough, Mask } from '../../src/geometry/coverage.js'
import { gridOver, patchesOf } from '../../src/geometry/grid.js'

const worked = Mask.of({ width: 5, height: 3, data: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1) }, { width: 9, height: 6 })
const cells = (slide: { width: number; height: number }, side: number) => [
  ...patchesOf(gridOver(slide, { patch: { width: side, height: side }, stride: { width: side, height: side } }), { x: 1, y: 1 }),
]

for (const [share, expected] of [
  [0, 'TFFFFT'],
  [0.25, 'FFFFFT'],
  [0.5, 'FFFFFT'],
  [1, 'FFFFFT'],
] as const) {
  test(`TIAToolbox's filter at ${share} keeps ${expected}`, (t) => {
    const kept = cells(worked.slide, 4).map(({ bounds }) => {
      const { set, area } = worked.truncated(bounds, worked.slide)
      return isEnough(set, area, share) ? 'T' : 'F'
    })
    t.is(kept.join(''), expected)
  })
}

test('its truncation loses patches smaller than a mask pixel; exact coverage does not', (t) => {
  const slide = { width: 64, height: 64 }
  const mask = Mask.of({ width: 4, height: 4, data: new Uint8Array(16).fill(1) }, slide)
  const all = cells(slide, 8)
  t.is(all.filter(({ bounds }) => isEnough(mask.truncated(bounds, slide).set, mask.truncated(bounds, slide).area, 0)).length, 16)
  t.is(all.filter(({ region }) => mask.coverage(region) === 1).length, 64)
})

test('its boxes end where NumPy 2 ends them: the scale is a double, what it gives a float', (t) => {
  // [side of slide, side of mask, end of the box, its end on the mask], as TIAToolbox 2.1.3 cut them; in single precision all along it is one more or less.
  const cut = [
    [99, 397, 99, 397],
    [17388, 105, 4968, 30],
    [89633, 12804, 17942, 2562],
    [91586, 22896, 45925, 11480],
  ] as const
  for (const [slide, side, end, expected] of cut) {
    const mask = Mask.of({ width: side, height: 1, data: new Uint8Array(side) }, { width: slide, height: 1 })
    t.is(mask.truncated([0, 0, end, 1], { width: slide, height: 1 }).area, expected)
  }
})

test('edges count in part', (t) => {
  const mask = Mask.of({ width: 2, height: 1, data: Uint8Array.of(1, 0) }, { width: 20, height: 10 })
  t.is(mask.coverage({ x: 5, y: 0, width: 10, height: 10 }), 0.5)
  t.is(mask.coverage({ x: 9, y: 2, width: 4, height: 3 }), 0.25)
  t.is(mask.coverage({ x: 10, y: 0, width: 10, height: 10 }), 0)
  t.is(mask.coverage({ x: -10, y: -10, width: 20, height: 20 }), 1, 'what lies outside the slide does not count')
  t.is(mask.coverage({ x: 30, y: 0, width: 10, height: 10 }), 0)
  t.is(mask.coverage({ x: 5, y: 0, width: 0, height: 10 }), 0, 'of nothing no part is set')
  t.is(mask.coverage({ x: 2, y: 5, width: 12, height: 0 }), 0)
  t.is(mask.share, 0.5)
})

test('coverage equals the area counted pixel by pixel', (t) => {
  const real = fc.double({ min: -3, max: 20, noNaN: true })
  const length = fc.double({ min: 0.01, max: 20, noNaN: true })
  const side = fc.integer({ min: 1, max: 9 })
  fc.assert(
    fc.property(
      side,
      side,
      fc.array(fc.boolean(), { minLength: 81, maxLength: 81 }),
      real,
      real,
      length,
      length,
      (w, h, bits, x, y, dx, dy) => {
        const data = Uint8Array.from(bits.slice(0, w * h), Number)
        const slide = { width: 17, height: 13 }
        const mask = Mask.of({ width: w, height: h, data }, slide)
        let set = 0
        let area = 0
        for (let j = 0; j < h; j++) {
          for (let i = 0; i < w; i++) {
            const px = { x: (i * 17) / w, y: (j * 13) / h, width: 17 / w, height: 13 / h }
            const cw = Math.min(px.x + px.width, x + dx) - Math.max(px.x, x)
            const ch = Math.min(px.y + px.height, y + dy) - Math.max(px.y, y)
            if (cw <= 0 || ch <= 0) continue
            area += cw * ch
            if (data[j * w + i]) set += cw * ch
          }
        }
        // Slivers of less than a millionth of a mask pixel are rounding noise to it.
        if (area < 1e-3) return
        const expected = set / area
        const said = mask.coverage({ x, y, width: dx, height: dy })
        t.true(Math.abs(said - expected) < 1e-4, `${said} for ${expected}`)
      },
    ),
    { numRuns: 500 },
  )
})

test('enough is more than asked for, or all; never nothing', (t) => {
  t.false(isEnough(0, 4, 0))
  t.false(isEnough(1, 4, 0.25))
  t.true(isEnough(2, 4, 0.25))
  t.true(isEnough(4, 4, 1))
  t.false(isEnough(0, 0, 0))
})

test('a bitmap of the wrong length is refused', (t) => {
  t.throws(() => Mask.of({ width: 2, height: 2, data: new Uint8Array(3) }, { width: 9, height: 9 }), { instanceOf: RangeError })
})
