/** Where tiles lie that are no grid, by numbers that can be checked by hand, and `tilesIn` beside a look at every tile. */

import test from 'ava'
import fc from 'fast-check'
import { intersection } from '../../src/geometry/region.js'
import { type LayoutPart, layoutOf, wholePage } from '../../src/readers/tiff/layout.js'
import type { Page } from '../../src/readers/tiff/page.js'

const page = (width: number, height: number, tile: number, tall = tile) => ({ width, height, tile: { width: tile, height: tall } }) as Page
const level = (...parts: readonly LayoutPart[]) => layoutOf({ width: 1e6, height: 1e6, factor: { x: 1, y: 1 }, parts })

test('a page at a place: its tiles lie side by side, the last ones end where it ends', (t) => {
  const { count, placeOf, tileOf } = level(wholePage(page(100, 50, 40), { x: 7, y: 9 }))
  t.is(count, 6)
  t.deepEqual(placeOf(0), { x: 7, y: 9, width: 40, height: 40 })
  t.deepEqual(placeOf(5), { x: 87, y: 49, width: 20, height: 10 })
  t.is(tileOf(5).stored, 5)
})

test('tiles that overlap: the lower right one is painted last', (t) => {
  const { count, placeOf, tilesIn } = level({ ...wholePage(page(96, 64, 32)), advance: { x: 24, y: 28 } })
  t.is(count, 6)
  t.deepEqual(placeOf(4), { x: 24, y: 28, width: 32, height: 32 })
  t.deepEqual(tilesIn({ x: 24, y: 28, width: 1, height: 1 }), [0, 1, 3, 4])
  t.deepEqual(tilesIn({ x: 31, y: 31, width: 1, height: 1 }), [0, 1, 3, 4])
  t.deepEqual(tilesIn({ x: 32, y: 32, width: 1, height: 1 }), [4])
  t.deepEqual(tilesIn({ x: -50, y: -50, width: 50, height: 50 }), [])
})

test('pieces of stored tiles: each in the place of its own, from its place in the stored one', (t) => {
  // 3 x 2 pieces from the second column on; 2 x 2 of them are stored in a tile of 31 x 20.
  const part = {
    page: page(62, 20, 31, 20),
    cuts: 2,
    column: 1,
    row: 0,
    columns: 3,
    rows: 2,
    at: { x: 10.5, y: 0 },
    advance: { x: 14.25, y: 9.5 },
  }
  const { count, placeOf, tileOf } = level(part)
  t.is(count, 6)
  t.deepEqual(tileOf(0), { part, stored: 0, inside: { x: 16, y: 0, width: 15, height: 10 } })
  t.deepEqual(tileOf(1), { part, stored: 1, inside: { x: 0, y: 0, width: 16, height: 10 } })
  t.deepEqual(tileOf(5), { part, stored: 1, inside: { x: 16, y: 10, width: 15, height: 10 } })
  t.deepEqual(placeOf(0), { x: 11, y: 0, width: 15, height: 10 })
  t.deepEqual(placeOf(5), { x: 39, y: 10, width: 15, height: 10 })
})

test('a piece beyond the end of its page is empty, and met by no box', (t) => {
  const part = { page: page(40, 16, 32, 16), cuts: 2, column: 0, row: 0, columns: 4, rows: 2, at: { x: 0, y: 0 }, advance: { x: 16, y: 8 } }
  const { placeOf, tilesIn } = level(part)
  t.deepEqual(placeOf(2), { x: 32, y: 0, width: 8, height: 8 })
  t.is(placeOf(3).width, 0)
  t.deepEqual(tilesIn({ x: 0, y: 0, width: 1000, height: 1000 }), [0, 1, 2, 4, 5, 6])
})

const partOf = fc
  .record({
    cuts: fc.constantFrom(1, 2, 4),
    column: fc.integer({ min: 0, max: 5 }),
    row: fc.integer({ min: 0, max: 5 }),
    columns: fc.integer({ min: 1, max: 6 }),
    rows: fc.integer({ min: 1, max: 6 }),
    x: fc.double({ min: -50, max: 200, noNaN: true }),
    y: fc.double({ min: -50, max: 200, noNaN: true }),
    share: fc.double({ min: 0.5, max: 1.5, noNaN: true }),
  })
  .map(({ cuts, column, row, columns, rows, x, y, share }): LayoutPart => {
    const tile = 24
    const width = Math.ceil((column + columns) / cuts) * tile - 5
    const advance = (tile / cuts) * share
    return {
      page: page(width, Math.ceil((row + rows) / cuts) * tile, tile),
      cuts,
      column,
      row,
      columns,
      rows,
      at: { x, y },
      advance: { x: advance, y: advance },
    }
  })

test('tilesIn finds the tiles that meet a box, each once, in order', (t) => {
  const box = fc.record({
    x: fc.integer({ min: -60, max: 300 }),
    y: fc.integer({ min: -60, max: 300 }),
    width: fc.integer({ min: 1, max: 90 }),
    height: fc.integer({ min: 1, max: 90 }),
  })
  fc.assert(
    fc.property(fc.array(partOf, { minLength: 1, maxLength: 3 }), box, (parts, box) => {
      const layout = level(...parts)
      const all = Array.from({ length: layout.count }, (_, tile) => tile)
      const meeting = all.filter((tile) => {
        const { width, height } = intersection(layout.placeOf(tile), box)
        return width > 0 && height > 0
      })
      t.deepEqual(layout.tilesIn(box), meeting)
    }),
  )
})
