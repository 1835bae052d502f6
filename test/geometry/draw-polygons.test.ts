/** Polygons drawn in the slide's own pixels: shares are those of arithmetic, and what would be too much is drawn coarser. */

import test from 'ava'
import { Mask } from '../../src/geometry/coverage.js'
import { drawFine, rasterise } from '../../src/geometry/draw-polygons.js'
import { gridOver, patchesOf } from '../../src/geometry/grid.js'
import { bytesOf, ended } from '../support/bitmaps.js'

const box = (x: number, y: number, width: number, height = width): [number, number][] => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
]
const slide = { width: 3000, height: 2000 }
/** That of 1.25 power on a slide of 40: pixels of 31.9 × 32.3. */
const overview = { width: 94, height: 62 }
const maskOf = (polygons: Parameters<typeof drawFine>[0]) => new Mask(ended(drawFine(polygons, slide, overview)).pixels, slide, overview)

test('a square at whole patch edges is those patches and no others', (t) => {
  const mask = maskOf([[box(500, 250, 1000)]])
  const patch = { width: 250, height: 250 }
  const shares = [...patchesOf(gridOver(slide, { patch, stride: patch }), { x: 1, y: 1 })].map(({ region }) => mask.coverage(region))
  t.is(shares.filter((share) => share === 1).length, 16)
  t.is(shares.filter((share) => share > 0).length, 16)
})

test('shares are areas: holes, overlap, beyond the slide, thin, small', (t) => {
  const all = { x: 0, y: 0, ...slide }
  const share = (...polygons: [number, number][][][]) => maskOf(polygons).coverage(all) * 6e6
  const near = (said: number, area: number) => t.true(Math.abs(said - area) < 1e-3, `${said} for ${area}`)
  near(share([box(100, 100, 600), box(200, 200, 100)]), 350_000)
  near(share([box(100, 100, 600)], [box(400, 400, 600)]), 720_000 - 90_000)
  near(share([box(100, 100, 600)], [box(700, 100, 600)]), 720_000)
  near(share([box(-500, -500, 1000)], [box(2900, 1900, 1000)]), 260_000)
  near(share([box(10, 10, 1, 1500)]), 1500)
  near(share([box(1999, 1999, 1)]), 1)
  // A bow-tie of two triangles, and what is crossed twice: even-odd.
  const tie: [number, number][] = [
    [100, 100],
    [500, 500],
    [500, 100],
    [100, 500],
  ]
  t.true(Math.abs(share([tie]) - 80_000) < 500)
  near(share([box(100, 100, 200), box(200, 100, 200)]), 40_000)
})

test('a slide of very many pixels is drawn in larger ones, and never coarser than the overview', (t) => {
  // Of 300,000 pixels a side there are more than 2^34, and of pixels twice as large, too.
  const vast = { width: 300_000, height: 300_000 }
  const drawn = (least: number) => ended(drawFine([[box(1000, 1000, 3)]], vast, { width: least, height: least }))
  t.like(drawn(1000), { vanished: 0, pixels: { width: 75_000, height: 75_000, total: 1 } })
  const size = { width: 256, height: 256 }
  const teeth = Array.from({ length: 200 }, (_, i) => [box(i, 0, 0.9, 256)])
  t.like(ended(drawFine(teeth, size, { width: 512, height: 512 })), { vanished: 0, pixels: { width: 512, height: 512 } })
  t.throws(() => ended(rasterise(teeth, size, size, {}, 1000)), { instanceOf: RangeError, message: /too many or too large/ })
})

test('what people are shown is the mask at the centres of larger pixels', (t) => {
  const mask = maskOf([[box(500, 250, 1000)], [box(2990, 1990, 10)]])
  t.deepEqual([mask.width, mask.height], [3000, 2000])
  const shown = Buffer.concat([mask.rowsShown(0, 40), mask.rowsShown(40, 22)])
  t.deepEqual([...shown], [...bytesOf(ended(rasterise([[box(500, 250, 1000)], [box(2990, 1990, 10)]], slide, overview)))])
  t.deepEqual(Mask.ofParts(mask.parts()).shown, overview)
})
