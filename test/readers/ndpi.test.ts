/** Hamamatsu NDPI: a made slide against its intervals decoded one by one, every way its restart table can be wrong, and real files. */

import { createHash } from 'node:crypto'
import { open as openHandle } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { cutJpeg, type NdpiPage, ndpiOf, ndpiParts, tinyNdpi } from '../../fixtures/ndpi.js'
import { packageRoot } from '../../src/core/package-root.js'
import { Starts } from '../../src/readers/ndpi/starts.js'
import { sharedTest } from '../shared-data.js'
import { cut, fileOf, openAt, openBytes, readLevel, same } from './open-buffer.js'
import { buildTiff } from './tiff-builder.js'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const made = await tinyNdpi()
const [large, small, macro, map] = made.pages as [NdpiPage, NdpiPage, NdpiPage, NdpiPage]
/** A JPEG that does not say its size. */
const mute = await cutJpeg({ width: 32, height: 8, data: new Uint8Array(32 * 8 * 3) }, 32, { silent: true })
/** The made slide with another first level. */
const withLevel = (change: Partial<NdpiPage>) => ndpiOf([{ ...large, ...change }, small, macro, map])
const searched = /the restart markers are searched for/

test('what is odd about levels is told in their order, also where the first is read last: its header is the longest', async (t) => {
  const comment = Buffer.concat([Uint8Array.of(0xff, 0xfe, 0x4e, 0x20), Buffer.alloc(20_000 - 2)])
  const { starts: _, ...first } = { ...large, data: Buffer.concat([large.data.subarray(0, 2), comment, large.data.subarray(2)]) }
  const { starts: __, ...second } = small
  const { info } = await openBytes(t, ndpiOf([first, second, macro, map]))
  t.deepEqual(
    info.warnings.map((warning) => warning.slice(0, 'level 0'.length)),
    ['level 0', 'level 1'],
  )
})

test('a size of a pixel of no known unit, and a picture of a lens that there is not, are told', async (t) => {
  const unitless = withLevel({ change: { 296: [3, [1]] } })
  const { info } = await openBytes(t, unitless)
  t.deepEqual(
    [info.mpp?.x, info.warnings],
    [0.5, ['its resolution tags do not say how large a pixel is (unit 1): the power stands in for it']],
  )
  t.deepEqual((await openAt(t, await fileOf(t, unitless), 'slide', {}, { mpp: 0.25 })).info.warnings, [], 'a list that says it')
  for (const lens of [0, -10]) {
    const { levels, warnings } = (await openBytes(t, ndpiOf([large, { ...small, lens }, macro, map]))).info
    t.deepEqual([levels.length, warnings], [1, [`a picture of 48 x 32 is left out: it is said to be taken through a lens of ${lens}`]])
  }
})

test('a macro that is not read is left out, with a warning', async (t) => {
  const { info } = await openBytes(t, ndpiOf([large, small, { ...macro, compression: 22_610 }, map]))
  t.deepEqual([info.associated, info.warnings], [['map'], ['its macro is left out: it has compression 22610 (JPEG XR (NDPI))']])
})

test('a made slide: sizes, resolution, pictures beside it, and its pixels', async (t) => {
  const slide = await openBytes(t, ndpiOf(made.pages))
  const { info } = slide
  t.is(info.vendor, 'hamamatsu')
  t.deepEqual(
    info.levels.map(({ width, height, tile }) => [width, height, tile.width, tile.height]),
    [
      [96, 64, 32, 64],
      [48, 32, 16, 32],
    ],
  )
  t.deepEqual(info.mpp, { x: 0.5, y: 0.5 })
  // Its middle lies 1200 nm left of that of the glass, and 2^32 + 3400 nm below.
  t.deepEqual(info.glass, { x: 48 + 1200 / 500, y: 32 - (2 ** 32 + 3400) / 500, nm: { x: 500, y: 500 } })
  t.is(info.mppSource, 'NDPI resolution tags')
  t.is(info.power, 20)
  t.deepEqual(info.associated, ['macro', 'map'])
  t.deepEqual(info.warnings, [])
  same(t, await readLevel(slide, 0), made.levels[0].shown.data)
  same(t, await readLevel(slide, 1), made.levels[1].shown.data)
  t.deepEqual(
    (await slide.associated('map')).data.subarray(0, 12),
    Uint8Array.from({ length: 12 }, (_, i) => Math.floor(i / 3)),
  )
  t.is((await slide.associated('macro')).width, 48)
})

test("written anew as any TIFF, or as BigTIFF, as tifftools does it for DSA's WSI DeID: its levels and its pixels", async (t) => {
  const pages = [large, small].map(({ width, height, data, lens, starts = [] }) => ({
    tags: {
      ...{ 256: [width], 257: [height], 258: [8, 8, 8], 259: [7], 262: [6], 277: [3], 278: [height], 282: [20_000, 1], 283: [20_000, 1] },
      ...{ 296: [3], 65420: [1], 65421: [lens], 65424: [0], 65426: starts },
    },
    tiles: [data],
  }))
  for (const shape of [{}, { big: true }]) {
    const slide = await openBytes(t, buildTiff(pages, shape))
    t.deepEqual([slide.info.vendor, slide.info.mpp, slide.info.power, slide.info.warnings], ['hamamatsu', { x: 0.5, y: 0.5 }, 20, []])
    same(t, await readLevel(slide, 0), made.levels[0].shown.data)
    same(t, await readLevel(slide, 1), made.levels[1].shown.data)
  }
})

test('the file in fixtures shows what OpenSlide 4.0.1 shows of it', async (t) => {
  const slide = await openAt(t, path.join(packageRoot, 'fixtures/scanners/tiny.ndpi'))
  const hashes = [sha256(await readLevel(slide, 0)), sha256(await readLevel(slide, 1)), sha256((await slide.associated('macro')).data)]
  t.deepEqual(
    hashes.map((hash) => hash.slice(0, 16)),
    ['05f9bd216a6f4a25', '5b37aa1e5d3fa901', '82ae46926ae0c815'],
  )
})

test('a side that no JPEG header can say is taken from the directory', async (t) => {
  const { pages, levels } = await tinyNdpi({ silent: true })
  const slide = await openBytes(t, ndpiOf(pages))
  same(t, await readLevel(slide, 0), levels[0].shown.data)
})

test('a height that ends within a row of intervals', async (t) => {
  const { pages, levels } = await tinyNdpi({ height: 59 })
  const slide = await openBytes(t, ndpiOf(pages))
  t.is(slide.info.height, 59)
  same(t, await readLevel(slide, 0), levels[0].shown.data)
  same(t, await readLevel(slide, 1), levels[1].shown.data)
})

test('4:2:0: an interval is a tile, because joined ones would show through at their edges', async (t) => {
  const size = { width: 96, height: 64 }
  const level = await cutJpeg({ ...size, data: (await tinyNdpi()).levels[0].shown.data }, 32, { chroma: '4:2:0' })
  const slide = await openBytes(t, ndpiOf([{ ...size, data: level.jpeg, starts: level.starts, lens: 20 }]))
  t.deepEqual(slide.info.levels[0]!.tile, { width: 32, height: 16 })
  same(t, await readLevel(slide, 0), level.shown.data)
})

const others: Readonly<Record<string, readonly number[] | undefined>> = {
  'without a table': undefined,
  'a table that is off by one': large.starts!.map((start) => start + 1),
  'a table that goes backwards': large.starts!.toReversed(),
  'a table that is too short': large.starts!.slice(0, 5),
  'a table beyond the end': large.starts!.map((start) => start + 1e9),
  'a table of zeros': large.starts!.map(() => 0),
}
for (const [name, starts] of Object.entries(others)) {
  test(`${name}: the markers are searched for`, async (t) => {
    const { starts: _, ...without } = large
    const slide = await openBytes(t, ndpiOf([{ ...without, ...(starts === undefined ? {} : { starts }) }, small, macro, map]))
    // What is seen without reading it.
    if (starts === undefined || starts.length < large.starts!.length) t.regex(slide.info.warnings.join(), searched)
    same(t, await readLevel(slide, 0), made.levels[0].shown.data)
    same(t, await readLevel(slide, 1), made.levels[1].shown.data)
  })
}

test('a table with a wrong entry that nobody looks at when it is opened', async (t) => {
  const starts = large.starts!.map((start, i) => (i === 7 ? start - 5 : start))
  const slide = await openBytes(t, withLevel({ starts }))
  t.deepEqual(slide.info.warnings, [])
  same(t, await readLevel(slide, 0), made.levels[0].shown.data)
})

test('a damaged marker: its tile is told, the others are read', async (t) => {
  const jpeg = Buffer.from(large.data)
  jpeg[large.starts![7]! - 1] = 0xd1
  for (const starts of [large.starts!, undefined]) {
    const { starts: _, ...without } = large
    const slide = await openBytes(t, ndpiOf([{ ...without, data: jpeg, ...(starts ? { starts } : {}) }]))
    await t.throwsAsync(cut(slide, 32, 0, 32, 64), { code: 'TILE_UNDECODABLE', message: /restart interval|markers/ })
    if (starts) same(t, await cut(slide, 64, 0, 32, 8), await cut(await openBytes(t, ndpiOf(made.pages)), 64, 0, 32, 8))
  }
})

test('beyond 4 GiB: offsets of 64 bits in a file of holes', async (t) => {
  const file = await fileOf(t, Buffer.alloc(0), 'far.ndpi')
  const base = 5 * 2 ** 30
  const { head, rest } = ndpiParts(made.pages, base)
  const handle = await openHandle(file, 'r+')
  await handle.write(head, 0, head.length, 0)
  await handle.write(rest, 0, rest.length, base)
  await handle.close()
  const slide = await openAt(t, file)
  same(t, await readLevel(slide, 0), made.levels[0].shown.data)
  same(t, await readLevel(slide, 1), made.levels[1].shown.data)
  t.is((await slide.associated('macro')).height, 32)
})

test('a JPEG of more than 4 GiB: starts of more than 32 bits', async (t) => {
  const starts = new Starts(5)
  const places = [700, 2 ** 32 - 1, 2 ** 32, 3 * 2 ** 32 + 5, 3 * 2 ** 32 + 9]
  for (const place of places) starts.push(place)
  t.deepEqual(
    places.map((_, i) => starts.at(i)),
    places,
  )
})

test('of several focal planes plane 0 is read', async (t) => {
  const other = await cutJpeg({ width: 96, height: 64, data: new Uint8Array(96 * 64 * 3) }, 32)
  const above = { ...large, data: other.jpeg, starts: other.starts, focus: 2000 }
  const slide = await openBytes(t, ndpiOf([above, large, { ...above, focus: -2000 }, small, macro]))
  t.deepEqual(slide.info.warnings, ['it has 3 focal planes: plane 0 is read'])
  same(t, await readLevel(slide, 0), made.levels[0].shown.data)
})

test('a level that is one JPEG without restart markers: the size is that of the JPEG', async (t) => {
  const slide = await openBytes(t, ndpiOf([large, { ...macro, lens: 10, width: 49 }, macro]))
  t.deepEqual(slide.info.levels[1]!.tile, { width: 48, height: 32 })
  same(t, await readLevel(slide, 1), (await slide.associated('macro')).data)
})

const refused: readonly [name: string, bytes: Buffer, code: string, message: RegExp][] = [
  ['JPEG XR', withLevel({ compression: 22_610 }), 'SLIDE_UNSUPPORTED', /JPEG XR data \(compression 22610\)/],
  ['no level', ndpiOf([macro, map]), 'SLIDE_MALFORMED', /without a picture of the slide/],
  ['two of one size', ndpiOf([large, large]), 'SLIDE_UNSUPPORTED', /two pictures of 96 pixels/],
  ['a JPEG of another size', withLevel({ width: 192, height: 128 }), 'SLIDE_MALFORMED', /192 x 128 pixels whose JPEG says 96 x 64/],
  ['no JPEG', withLevel({ data: Buffer.alloc(500, 7) }), 'SLIDE_MALFORMED', /without a header/],
  ['a header without an end', withLevel({ data: large.data.subarray(0, 100) }), 'SLIDE_MALFORMED', /without a header/],
  ['a strip beyond the end', withLevel({ change: { 279: [4, [2 ** 33]] } }), 'SLIDE_TRUNCATED', /ends at byte/],
  ['a strip of no place', withLevel({ change: { 273: null } }), 'SLIDE_MALFORMED', /0 strips/],
  ['more pixels than bytes', withLevel({ width: 2 ** 18, height: 2 ** 10, data: mute.jpeg }), 'SLIDE_MALFORMED', /restart intervals/],
  ['too many pixels', withLevel({ width: 2 ** 31, height: 2 ** 31 }), 'SLIDE_TOO_LARGE', /pixels/],
  ['no pixels', withLevel({ height: 0 }), 'SLIDE_MALFORMED', /x 0 pixels/],
  ['half of it', ndpiOf(made.pages).subarray(0, 3000), 'SLIDE_TRUNCATED', /ends at byte/],
]
for (const [name, bytes, code, message] of refused) {
  test(`refused: ${name}`, async (t) => {
    await t.throwsAsync(openBytes(t, bytes), { code, message })
  })
}

/** By OpenSlide 4.0.1: of its own levels those that the file holds. */
const real: readonly [file: string, levels: readonly string[], macro: string][] = [
  [
    'wsi/hamamatsu/test3-DAPI-387.ndpi',
    ['e30e280170a176e3', 'a6a88edbe17a480f', 'c19cf66dbe3c98ff', 'cb67d59a5e9509d7'],
    'e7a0e9bb9ee6957a',
  ],
  ['wsi/made/small.ndpi', ['206a56fe49b93cd3', '4ebbe9e1a910e90f'], '3a6543108ae6f4da'],
  // The same with a JPEG that says 0 x 0.
  ['wsi/made/zerosof.ndpi', ['206a56fe49b93cd3', '4ebbe9e1a910e90f'], '3a6543108ae6f4da'],
]
for (const [file, levels, hash] of real) {
  sharedTest(`${file}: the pixels of OpenSlide`, [file], async (t, uri) => {
    const slide = await openAt(t, uri)
    for (const [i, wanted] of levels.entries()) t.is(sha256(await readLevel(slide, i)).slice(0, 16), wanted, `level ${i}`)
    t.is(sha256((await slide.associated('macro')).data).slice(0, 16), hash)
  })
}

sharedTest(
  'a real slide says its resolution, its lens, and that it is fluorescence',
  ['wsi/hamamatsu/test3-DAPI-387.ndpi'],
  async (t, uri) => {
    const { info } = await openAt(t, uri)
    t.deepEqual(info.mpp, { x: 0.2281750559028887, y: 0.2281750559028887 })
    t.is(info.power, 40)
    t.regex(info.warnings.join(), /fluorescence \(emission at 455 nm\)/)
  },
)
