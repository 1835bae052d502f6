/** What `read` promises: the right pixels, each tile decoded once, bounded memory, errors where they belong. */

import { deflateSync } from 'node:zlib'
import test from 'ava'
import type { ReadRequest } from '../../src/core/slide.js'
import { type ResampleKind, resize } from '../../src/geometry/resample.js'
import { cut, openBytes, readOne, same } from './open-buffer.js'
import { buildTiff, pixels, rgbPage } from './tiff-builder.js'

const slideOf = (width: number, height: number, tile = 16) => buildTiff([rgbPage({ width, height, tile })])

const at = (x: number, y: number, size: number): ReadRequest => ({ region: { x, y, width: size, height: size }, width: size, height: size })

test('outside of the slide is white, on every side and wholly outside', async (t) => {
  const slide = await openBytes(t, slideOf(40, 30))
  const out = await cut(slide, -10, -5, 60, 45)
  const inside = pixels(0, 0, 40, 30)
  for (let y = 0; y < 45; y++) {
    for (let x = 0; x < 60; x++) {
      const [u, v] = [x - 10, y - 5]
      const wanted = u >= 0 && u < 40 && v >= 0 && v < 30 ? [...inside.subarray((v * 40 + u) * 3, (v * 40 + u) * 3 + 3)] : [255, 255, 255]
      const got = [...out.subarray((y * 60 + x) * 3, (y * 60 + x) * 3 + 3)]
      if (got.join() !== wanted.join()) t.deepEqual(got, wanted, `pixel ${u}, ${v}`)
    }
  }
  t.true((await cut(slide, 1000, 1000, 8, 8)).every((v) => v === 255))
  t.is(slide.counts().tilesTouched, 6)
})

test('a grid of aligned patches decodes each tile once, in one call or row by row', async (t) => {
  for (const size of [16, 24, 10]) {
    const slide = await openBytes(t, slideOf(160, 128))
    for (let y = 0; y < 128; y += size) {
      const row = Array.from({ length: Math.ceil(160 / size) }, (_, i) => at(i * size, y, size))
      const out = row.map(() => new Uint8Array(size * size * 3))
      const errors = await slide.read(row, out, { keepBelow: y + size })
      t.true(errors.every((e) => e === null))
      if (size === 16) for (const [i, picture] of out.entries()) same(t, picture, pixels(i * 16, y, 16, 16))
    }
    const { tilesTouched, tilesDecoded, bytesRead, pixelsDecoded } = slide.counts()
    t.deepEqual([tilesTouched, tilesDecoded], [80, 80], `${size} px`)
    t.is(pixelsDecoded, 80 * 256)
    t.is(bytesRead, 80 * 768)
  }
})

test('with room for one row of tiles, those that reach below are kept', async (t) => {
  // 10 tiles a row, room for 10: patches of 24 px in rows of 24 reach half a tile into the next row.
  const slide = await openBytes(t, slideOf(160, 48), 'slide', { cacheBytes: 12 * 768 })
  const row = (y: number) => Array.from({ length: 6 }, (_, i) => at(i * 24, y, 24))
  const out = row(0).map(() => new Uint8Array(24 * 24 * 3))
  await slide.read(row(0), out, { keepBelow: 24 })
  await slide.read(row(24), out, { keepBelow: 48 })
  const { tilesTouched, tilesDecoded } = slide.counts()
  t.is(tilesTouched, 27)
  t.is(tilesDecoded, 27)
  same(t, out[1]!, pixels(24, 24, 24, 24))
})

test('a cache without room still gives the right pixels', async (t) => {
  const slide = await openBytes(t, slideOf(100, 100), 'slide', { cacheBytes: 0 })
  const requests = [at(3, 5, 40), at(50, 50, 50), at(-4, 90, 20)]
  const out = requests.map(({ width }) => new Uint8Array(width * width * 3))
  await slide.read(requests, out)
  same(t, out[0]!, pixels(3, 5, 40, 40))
  same(t, out[1]!, pixels(50, 50, 50, 50))
})

test('resampling: area down and cubic up; the compat choice the other way round', async (t) => {
  const slide = await openBytes(t, slideOf(96, 96))
  const region = { x: 8, y: 8, width: 60, height: 60 }
  const whole = pixels(8, 8, 60, 60)
  const cases: [number, 'exact' | 'tiatoolbox', ResampleKind][] = [
    [25, 'exact', 'area'],
    [25, 'tiatoolbox', 'cubic'],
    [80, 'exact', 'cubic'],
    [80, 'tiatoolbox', 'area'],
  ]
  for (const [size, resampling, kind] of cases) {
    const wanted = new Uint8Array(size * size * 3)
    resize(whole, { width: 60, height: 60 }, wanted, { width: size, height: size }, kind)
    same(t, await readOne(slide, { region, width: size, height: size }, { resampling }), wanted, `${size} ${resampling}`)
  }
})

test('the coarsest level that need not be enlarged is read; a given level is obeyed', async (t) => {
  const levels = [
    rgbPage({ width: 128, height: 128 }),
    rgbPage({ width: 64, height: 64, extra: { 254: [1] } }),
    rgbPage({ width: 32, height: 32, extra: { 254: [1] } }),
  ]
  const slide = await openBytes(t, buildTiff(levels))
  const region = { x: 32, y: 64, width: 64, height: 64 }
  // Every level shows the test picture at its own pixels, so the pixels tell which one was read.
  same(t, await readOne(slide, { region, width: 32, height: 32 }), pixels(16, 32, 32, 32))
  same(t, await readOne(slide, { region, width: 16, height: 16 }), pixels(8, 16, 16, 16))
  same(t, await readOne(slide, { region, width: 64, height: 64 }), pixels(32, 64, 64, 64))
  const wanted = new Uint8Array(16 * 16 * 3)
  resize(pixels(32, 64, 64, 64), { width: 64, height: 64 }, wanted, { width: 16, height: 16 }, 'area')
  same(t, await readOne(slide, { region, width: 16, height: 16, level: 0 }), wanted)
  await t.throwsAsync(readOne(slide, { region, width: 16, height: 16, level: 3 }), { code: 'SLIDE_NO_LEVEL' })
})

test('a picture too large to hold is shrunk in bands, to the same bytes', async (t) => {
  const bytes = slideOf(200, 170)
  const whole = await openBytes(t, bytes)
  const banded = await openBytes(t, bytes, 'slide', { limits: { scratchBytes: 1000 } })
  for (const region of [
    { x: 0, y: 0, width: 200, height: 170 },
    { x: -7, y: 11, width: 190, height: 180 },
  ]) {
    const request = { region, width: 61, height: 47 }
    same(t, await readOne(banded, request), await readOne(whole, request))
  }
  t.is(banded.counts().tilesTouched, whole.counts().tilesTouched)
  const tight = await openBytes(t, bytes, 'slide', { limits: { scratchBytes: 1000, picturePixels: 4000 } })
  const enlarged = { region: { x: 0, y: 0, width: 200, height: 170 }, width: 201, height: 171 }
  await t.throwsAsync(readOne(tight, enlarged), { code: 'SLIDE_TOO_LARGE' })
})

test('a damaged tile is the error of the pictures that need it, and of no other', async (t) => {
  let n = 0
  const damaged = (b: Uint8Array) => (n++ === 5 ? deflateSync(b).subarray(0, 40) : deflateSync(b))
  const slide = await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra: { 259: [8] } }, damaged)]))
  const requests = [at(0, 0, 16), at(16, 16, 16), at(10, 10, 16), at(48, 32, 16)]
  const out = requests.map(() => new Uint8Array(768))
  const errors = await slide.read(requests, out)
  t.deepEqual(
    errors.map((e) => (e as { code?: string } | null)?.code ?? null),
    [null, 'TILE_UNDECODABLE', 'TILE_UNDECODABLE', null],
  )
  t.regex(errors[1]!.message, /tile \(1, 1\) of level 0/)
  same(t, out[3]!, pixels(48, 32, 16, 16))
})

test('reads of one slide at the same time do not decode a tile twice, and do not mix', async (t) => {
  const slide = await openBytes(t, slideOf(160, 160))
  const pictures = await Promise.all(Array.from({ length: 20 }, (_, i) => cut(slide, i * 5, i * 3, 64, 64)))
  for (const [i, picture] of pictures.entries()) same(t, picture, pixels(i * 5, i * 3, 64, 64))
  const { tilesDecoded, tilesTouched } = slide.counts()
  t.is(tilesDecoded, tilesTouched)
})

test('abort: an aborted read throws, and the slide can be read afterwards', async (t) => {
  const slide = await openBytes(t, slideOf(160, 160))
  const out = [new Uint8Array(160 * 160 * 3)]
  const aborted = await t.throwsAsync(slide.read([at(0, 0, 160)], out, { signal: AbortSignal.abort() }), { any: true })
  t.is((aborted as Error).name, 'AbortError')
  const control = new AbortController()
  const reading = slide.read([at(0, 0, 160)], out, { signal: control.signal })
  setImmediate(() => control.abort())
  await reading.then(
    () => t.pass('it was done before'),
    (error: Error) => t.is(error.name, 'AbortError'),
  )
  same(t, await cut(slide, 0, 0, 160, 160), pixels(0, 0, 160, 160))
})

test('what is no list of pictures with bytes for them is told, with how it is written', async (t) => {
  const slide = await openBytes(t, slideOf(32, 32))
  const region = { x: 0, y: 0, width: 8, height: 8 }
  const picture = { region, width: 8, height: 8 }
  for (const given of [[picture, new Uint8Array(192)], [[picture]], [[region], [new Uint8Array(192)]], [[null], []]] as never[][])
    await t.throwsAsync(async () => slide.read(given[0]!, given[1]!), { code: 'OPTION_INVALID', message: /takes a list of pictures/ })
})

test('a closed slide says so; closing twice is fine', async (t) => {
  const slide = await openBytes(t, slideOf(32, 32))
  const last = cut(slide, 0, 0, 32, 32)
  await Promise.all([slide.close(), slide.close()])
  t.deepEqual(await last, pixels(0, 0, 32, 32), 'a read that had begun is finished')
  await t.throwsAsync(cut(slide, 0, 0, 8, 8), { code: 'SLIDE_CLOSED' })
})

test('both decoders of JPEG read the same slide', async (t) => {
  const { default: sharp } = await import('sharp')
  const raw = Buffer.from(Array.from({ length: 64 * 64 }, (_, i) => [i % 64, 255 - Math.floor(i / 64) * 3, 128]).flat())
  const tile = await sharp(raw, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer()
  const bytes = buildTiff([{ ...rgbPage({ width: 64, height: 64, tile: 64, extra: { 259: [7], 262: [6] } }), tiles: [tile] }])
  const slide = await openBytes(t, bytes)
  // Of one slide, in turn: neither gets the tile that the other decoded.
  const [exact, fast, again] = await Promise.all(
    (['exact', 'fast', 'exact'] as const).map((decode) => cut(slide, 0, 0, 64, 64, { decode })),
  )
  t.true((await sharp(tile).raw().toBuffer()).equals(exact!))
  t.true(fast!.every((v, i) => Math.abs(v - exact![i]!) <= 4))
  t.deepEqual(again, exact)
  t.is(slide.counts().tilesDecoded, 2)
})

test('a picture of a region a hundred thousand times as large as the slide: white costs nothing', async (t) => {
  const slide = await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48 })]))
  const mean = [0, 1, 2].map((c) => pixels(0, 0, 64, 48).reduce((sum, v, i) => (i % 3 === c ? sum + v : sum), 0) / (64 * 48))
  // 40 x 40 pixels, each of that many level pixels squared; the slide begins in the middle of the second column.
  for (const cell of [2000, 16_000, 500_000]) {
    const side = cell * 40
    const region = { x: -1.5 * cell, y: -cell, width: side, height: side }
    const out = await readOne(slide, { region, width: 40, height: 40 })
    const share = (64 * 48) / cell ** 2
    const at = (40 + 1) * 3
    t.deepEqual(
      [...out.subarray(at, at + 3)],
      mean.map((v) => Math.round(255 - (255 - v) * share)),
    )
    t.true(out.every((v, i) => v === 255 || (i >= at && i < at + 3)))
    const beside = await readOne(slide, { region: { ...region, x: 100 }, width: 40, height: 40 })
    t.true(beside.every((v) => v === 255))
  }
})
