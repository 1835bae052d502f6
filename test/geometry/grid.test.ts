/** The lattice: the worked examples that TIAToolbox's own function printed, and its properties. */

import test from 'ava'
import fc from 'fast-check'
import { boundsOf, countOf, type GridOptions, gridOver, patchesOf } from '../../src/geometry/grid.js'

const one = { x: 1, y: 1 }
const square = (side: number) => ({ width: side, height: side })

function grid(slide: readonly [number, number], patch: number, stride: number, more: Partial<GridOptions> = {}) {
  return gridOver({ width: slide[0], height: slide[1] }, { patch: square(patch), stride: square(stride), ...more })
}
const boxes = (...args: Parameters<typeof grid>) => [...patchesOf(grid(...args), one)].map((c) => c.bounds)

test('9 x 6, patches of 4, inside only', (t) => {
  t.deepEqual(boxes([9, 6], 4, 4, { within: true }), [
    [0, 0, 4, 4],
    [4, 0, 8, 4],
  ])
})

test('9 x 6, patches of 4: the last ones overhang', (t) => {
  t.deepEqual(boxes([9, 6], 4, 4), [
    [0, 0, 4, 4],
    [4, 0, 8, 4],
    [8, 0, 12, 4],
    [0, 4, 4, 8],
    [4, 4, 8, 8],
    [8, 4, 12, 8],
  ])
})

test('9 x 6, patches of 4 every 2: 15', (t) => {
  const all = boxes([9, 6], 4, 2)
  t.is(all.length, 15)
  t.deepEqual([...new Set(all.map((b) => b[0]))], [0, 2, 4, 6, 8])
  t.deepEqual([...new Set(all.map((b) => b[1]))], [0, 2, 4])
})

test('9 x 6, one patch of 9', (t) => t.deepEqual(boxes([9, 6], 9, 9), [[0, 0, 9, 9]]))

const counts: readonly (readonly [readonly [number, number], number, number, Partial<GridOptions>, number, readonly number[]])[] = [
  [[5000, 5000], 224, 224, {}, 529, [4928, 4928, 5152, 5152]],
  [[5000, 5000], 224, 112, {}, 2025, [4928, 4928, 5152, 5152]],
  [[5000, 5000], 224, 112, { within: true }, 1849, [4704, 4704, 4928, 4928]],
  [[43668, 14634], 256, 128, {}, 39330, [43648, 14592, 43904, 14848]],
]
for (const [slide, patch, stride, more, count, last] of counts) {
  test(`${slide.join(' x ')}, ${patch} every ${stride}${more.within ? ', inside' : ''}: ${count}`, (t) => {
    const g = grid(slide, patch, stride, more)
    t.is(countOf(g), count)
    t.deepEqual([...boundsOf(g, g.x.count - 1, g.y.count - 1)], [...last])
  })
}

const side = fc.integer({ min: 1, max: 40 })

test('the count is the number of patches, in raster order, each where a plain loop puts it', (t) => {
  fc.assert(
    fc.property(side, side, side, side, fc.boolean(), (w, h, patch, stride, within) => {
      const expected: number[][] = []
      for (let y = 0; y < h; y += stride) {
        for (let x = 0; x < w; x += stride) {
          if (within && (x + patch > w || y + patch > h)) continue
          expected.push([x, y, x + patch, y + patch])
        }
      }
      const g = grid([w, h], patch, stride, { within })
      const cells = [...patchesOf(g, one)]
      t.is(countOf(g), expected.length)
      t.deepEqual(
        cells.map((c) => [...c.bounds]),
        expected,
      )
      t.true(cells.every((c, i) => c.index === i && c.column === i % g.x.count && c.row === Math.floor(i / g.x.count)))
    }),
  )
})

test('rows can be asked for one by one', (t) => {
  const g = grid([50, 40], 8, 5)
  const rows = Array.from({ length: g.y.count }, (_, row) => [...patchesOf(g, one, row, row + 1)])
  t.deepEqual(rows.flat(), [...patchesOf(g, one)])
})

test('sizes that are no whole pixels are refused', (t) => {
  t.throws(() => grid([9, 6], 0, 4), { instanceOf: RangeError, message: /0/ })
  t.throws(() => grid([9, 6], 4.5, 4), { instanceOf: RangeError, message: /4.5/ })
})
