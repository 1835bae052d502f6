/** What a smaller level leaves out is shrunk from the level below: of an Aperio slide as OpenSlide does, of others what has no bytes; expectations by arithmetic. */

import test from 'ava'
import { SlideError } from '../../src/core/errors.js'
import type { Slide } from '../../src/core/slide.js'
import { defaultLimits } from '../../src/readers/limits.js'
import { PictureReader } from '../../src/readers/picture-reader.js'
import { levelOf, type TileStore } from '../../src/readers/store.js'
import { filledFromBelow } from '../../src/readers/tiff/filled.js'
import { sourceOf } from './files/source-of.js'
import { openBytes, readOne } from './open-buffer.js'
import { buildTiff, colourAt, type PageSpec, rgbPage } from './tiff-builder.js'

const description = 'Aperio Image Library v10.0.50\r\n128x96 [0,0 128x96] (16x16) none|AppMag = 20|MPP = 0.5'

function without(page: PageSpec, ...missing: number[]): PageSpec {
  return { ...page, tiles: page.tiles!.map((tile, i) => (missing.includes(i) ? new Uint8Array(0) : tile)) }
}

const base = rgbPage({ width: 128, height: 96, extra: { 270: description } })
const half = rgbPage({ width: 64, height: 48, extra: { 270: description } })
const quarter = rgbPage({ width: 32, height: 24, extra: { 270: description } })

/** Pixels of a level as they are. */
function cut(slide: Slide, level: number, x: number, y: number, width: number, height: number): Promise<Uint8Array> {
  const { x: dx, y: dy } = slide.info.levels[level]!.downsample
  return readOne(slide, { region: { x: x * dx, y: y * dy, width: width * dx, height: height * dy }, width, height, level })
}

/** The mean of `factor` × `factor` pixels of the test picture. */
function mean(x: number, y: number, factor: number): number[] {
  const sum = [0, 0, 0]
  for (let dy = 0; dy < factor; dy++)
    for (let dx = 0; dx < factor; dx++) for (const [c, value] of colourAt(x * factor + dx, y * factor + dy).entries()) sum[c]! += value
  return sum.map((value) => value / factor ** 2)
}

const off = (data: Uint8Array, at: number, expected: readonly number[]) =>
  Math.max(...expected.map((value, c) => Math.abs(value - data[at * 3 + c]!)))

test('a tile of 0 bytes on level 1 is the shrunken level 0, its neighbours are their own', async (t) => {
  const slide = await openBytes(t, buildTiff([base, without(half, 5)]))
  t.is(slide.info.vendor, 'aperio')
  const data = await cut(slide, 1, 0, 0, 64, 48)
  for (let y = 0; y < 48; y++)
    for (let x = 0; x < 64; x++) {
      const filled = x >= 16 && x < 32 && y >= 16 && y < 32
      t.true(off(data, y * 64 + x, filled ? mean(x, y, 2) : colourAt(x, y)) <= (filled ? 0.51 : 0), `${x}, ${y}`)
    }
})

test('level 2 falls through two levels, and what no level has is white', async (t) => {
  // Tile 0 of level 2 shows tiles 0, 1, 4 and 5 of level 1; tile 5 of it shows tiles 18, 19, 26 and 27 of level 0, of which one is absent.
  const slide = await openBytes(t, buildTiff([without(base, 27), without(half, 5), without(quarter, 0)]))
  const data = await cut(slide, 2, 0, 0, 32, 24)
  for (let y = 0; y < 16; y++)
    for (let x = 0; x < 16; x++) {
      const twice = x >= 8 && y >= 8
      const white = x >= 12 && y >= 12
      const expected = white ? [255, 255, 255] : mean(x, y, twice ? 4 : 2)
      // Two shrinkings round twice.
      t.true(off(data, y * 32 + x, expected) <= (twice ? 1.01 : 0.51), `${x}, ${y}`)
    }
  const blank = await openBytes(t, buildTiff([without(base, 0, 1, 8, 9), without(half, 0)]))
  t.true((await cut(blank, 1, 0, 0, 16, 16)).every((value) => value === 255))
})

// OpenSlide 4.0.1 says so of the same bytes, to a grey level: it takes what lies above a missing tile for damaged.
test('a tile above one that is left out is shrunk, too, whatever its bytes show, and so on upwards', async (t) => {
  const grey = (page: PageSpec): PageSpec => ({ ...page, tiles: page.tiles!.map((tile) => new Uint8Array(tile.length).fill(90)) })
  const eighth = rgbPage({ width: 16, height: 12, extra: { 270: description } })
  for (const [missing, level] of [
    [5, 1],
    [18, 0],
  ] as const) {
    const pages = [base, half, grey(quarter), grey(eighth)]
    pages[level] = without(pages[level]!, missing)
    const slide = await openBytes(t, buildTiff(pages))
    const data = await cut(slide, 2, 0, 0, 32, 24)
    for (let y = 0; y < 24; y++)
      for (let x = 0; x < 32; x++) {
        const shrunk = x < 16 && y < 16
        const hole = level === 0 && x >= 8 && x < 12 && y >= 8 && y < 12
        const twice = level === 1 ? x >= 8 && y >= 8 : shrunk
        const expected = !shrunk ? [90, 90, 90] : hole ? [255, 255, 255] : mean(x, y, twice && x >= 8 && y >= 8 ? 4 : 2)
        t.true(off(data, y * 32 + x, expected) <= (shrunk ? 1.01 : 0), `tile ${missing} of level ${level}: ${x}, ${y}`)
      }
    // Level 3 has bytes of 90, and shows what level 2 shows.
    const top = await cut(slide, 3, 0, 0, 16, 12)
    t.true(off(top, 15, [90, 90, 90]) === 0 && off(top, 0, mean(0, 0, 4)) <= 40, `${top.subarray(0, 3)}`)
  }
})

test('single tiles that a level of any other writer leaves out are shrunk, too; what lies above them has bytes of its own, which count', async (t) => {
  const plain = (page: PageSpec, reduced: boolean): PageSpec => ({ ...page, tags: { ...page.tags, 270: 'x', 254: [reduced ? 1 : 0] } })
  const grey = { ...quarter, tiles: quarter.tiles!.map((tile) => new Uint8Array(tile.length).fill(90)) }
  const slide = await openBytes(t, buildTiff([plain(without(base, 0), false), plain(without(half, 5), true), plain(grey, true)]))
  t.is(slide.info.levels.length, 3)
  const data = await cut(slide, 1, 16, 16, 16, 16)
  for (let i = 0; i < 256; i++) t.true(off(data, i, mean(16 + (i % 16), 16 + Math.floor(i / 16), 2)) <= 0.51, `${i}`)
  t.true((await cut(slide, 2, 0, 0, 32, 24)).every((value) => value === 90))
  t.true((await cut(slide, 0, 0, 0, 16, 16)).every((value) => value === 255))
})

test('a level without a single tile is the level below, smaller, whoever wrote it', async (t) => {
  const pages = (levels: readonly PageSpec[]) =>
    levels.map((page, i) => ({ ...page, tags: { ...page.tags, 270: 'any', 254: [Math.min(i, 1)] } }))
  const all = (page: PageSpec) => without(page, ...page.tiles!.keys())
  const slide = await openBytes(t, buildTiff(pages([base, all(half), all(quarter)])))
  t.is(slide.info.vendor, 'generic')
  t.is(slide.info.levels.length, 3)
  t.regex(slide.info.warnings.join(), /level 1 has no bytes for any of its 12 tiles/)
  const data = await cut(slide, 2, 0, 0, 32, 24)
  for (let i = 0; i < 32 * 24; i++) t.true(off(data, i, mean(i % 32, Math.floor(i / 32), 4)) <= 1.01, `${i}`)
})

test('a server that does not answer for what is shrunk fails its slide: no tile is at fault', async (t) => {
  const tile = { width: 8, height: 8 }
  const store: TileStore = {
    levels: [levelOf(16, 16, tile), { width: 8, height: 8, tile, downsample: { x: 2, y: 2 } }],
    extents: (level, index) => (level === 0 ? [{ offset: 10 * index, length: 10 }] : null),
    decode: (_, __, ___, memory) => ({ ...tile, data: memory(192) }),
  }
  const read = () => Promise.reject(new SlideError('SLIDE_UNREACHABLE', 'nobody answers'))
  const source = { ...sourceOf(new Uint8Array(40)), read }
  const reader = new PictureReader(filledFromBelow(store, source), source, { uri: 'far', cacheBytes: 0, limits: defaultLimits })
  const request = { region: { x: 0, y: 0, width: 16, height: 16 }, ...tile, level: 1 }
  await t.throwsAsync(reader.read([request], [new Uint8Array(192)], {}), { code: 'SLIDE_UNREACHABLE' })
})
