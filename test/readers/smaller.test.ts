/** `decode: fast` below a slide's levels: tiles decoded smaller. Blocks of one grey level stay what they are in any size, to the last bit. */

import { existsSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import sharp from 'sharp'
import { packageRoot } from '../../src/core/package-root.js'
import type { Slide } from '../../src/core/slide.js'
import { needsNativeJpeg } from '../support/native-jpeg.js'
import { openAt, openBytes, readOne, same } from './open-buffer.js'
import { buildTiff, type PageSpec, rgbPage } from './tiff-builder.js'

/** Of the block of 8 x 8 pixels in a column and a row. */
const greyOf = (column: number, row: number) => (column * 53 + row * 97) & 255

/** A page of such blocks in JPEG tiles, which are abbreviated: their tables lie in the directory. */
async function blocks(width: number, height: number, tile: number, more: PageSpec['tags'] = {}): Promise<PageSpec> {
  const tiles: Buffer[] = []
  let tables = Buffer.alloc(0)
  for (let top = 0; top < height; top += tile)
    for (let left = 0; left < width; left += tile) {
      const grey = Uint8Array.from({ length: tile * tile }, (_, i) => greyOf((left + (i % tile)) >> 3, (top + Math.floor(i / tile)) >> 3))
      const jpeg = await sharp(grey, { raw: { width: tile, height: tile, channels: 1 } })
        .toColourspace('srgb')
        .jpeg({ quality: 100, chromaSubsampling: '4:4:4', optimiseCoding: false })
        .toBuffer()
      const parts = segmentsOf(jpeg)
      const start = jpeg.subarray(0, 2)
      tables = Buffer.concat([start, ...parts.tables, Buffer.of(0xff, 0xd9)])
      tiles.push(Buffer.concat([start, ...parts.others]))
    }
  const size = { 256: [width], 257: [height], 322: [tile], 323: [tile] }
  return { tags: { ...size, 258: [8, 8, 8], 259: [7], 262: [6], 277: [3], 284: [1], 347: [...tables], ...more }, tiles }
}

/** Their second and third components are 128. */
const RGB = { 262: [2] }

/** Tables of quantisation and of codes, and all else behind the start. */
function segmentsOf(jpeg: Buffer): { tables: Buffer[]; others: Buffer[] } {
  const [tables, others]: [Buffer[], Buffer[]] = [[], []]
  let at = 2
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2)
    const isTable = jpeg[at + 1] === 0xdb || jpeg[at + 1] === 0xc4
    ;(isTable ? tables : others).push(jpeg.subarray(at, end))
    at = end
  }
  return { tables, others: [...others, jpeg.subarray(at)] }
}

const whole = (slide: Slide, width: number, height: number) => ({
  region: { x: 0, y: 0, width: slide.info.width, height: slide.info.height },
  width,
  height,
  level: 0,
})

for (const [width, height, tile] of [
  [80, 56, 32],
  [64, 64, 64],
  [72, 40, 16],
] as const) {
  needsNativeJpeg(
    `${width} x ${height} in tiles of ${tile}: in half, a quarter, an eighth, each tile decoded once and smaller`,
    async (t) => {
      for (const shrink of [2, 4, 8]) {
        const slide = await openBytes(t, buildTiff([await blocks(width, height, tile)]))
        const [across, down] = [width / shrink, height / shrink]
        const got = await readOne(slide, whole(slide, across, down), { decode: 'fast' })
        const side = 8 / shrink
        const wanted = Uint8Array.from({ length: across * down * 3 }, (_, i) => {
          const pixel = Math.floor(i / 3)
          return greyOf(Math.floor((pixel % across) / side), Math.floor(Math.floor(pixel / across) / side))
        })
        same(t, got, wanted, `in 1/${shrink}`)
        const tiles = Math.ceil(width / tile) * Math.ceil(height / tile)
        const { tilesDecoded, tilesTouched, pixelsDecoded } = slide.counts()
        t.deepEqual([tilesDecoded, tilesTouched, pixelsDecoded], [tiles, tiles, (tiles * tile * tile) / shrink ** 2])
      }
    },
  )
}

needsNativeJpeg('components that are red, green and blue (Aperio) stay what they are', async (t) => {
  const slide = await openBytes(t, buildTiff([await blocks(64, 64, 32, RGB)]))
  const got = await readOne(slide, whole(slide, 32, 32), { decode: 'fast' })
  same(
    t,
    got,
    Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3)
      return i % 3 === 0 ? greyOf((pixel % 32) >> 2, pixel >> 7) : 128
    }),
  )
})

needsNativeJpeg('sides that do not divide: the last pixel is there, outside of the slide is white', async (t) => {
  const slide = await openBytes(t, buildTiff([await blocks(75, 51, 32)]))
  const request = { region: { x: 48, y: 32, width: 64, height: 64 }, width: 32, height: 32, level: 0 }
  const got = await readOne(slide, request, { decode: 'fast' })
  // 75 and 51 pixels are 38 and 26 in half.
  for (let y = 0; y < 32; y++)
    for (let x = 0; x < 32; x++) {
      const inside = x + 24 < 38 && y + 16 < 26
      const value = got[(y * 32 + x) * 3]!
      if (value !== (inside ? greyOf((x + 24) >> 2, (y + 16) >> 2) : 255)) t.fail(`pixel ${x}, ${y} is ${value}`)
    }
  t.pass()
})

needsNativeJpeg('between pixels: by cubic convolution, as its formula says', async (t) => {
  const slide = await openBytes(t, buildTiff([await blocks(128, 128, 32)]))
  const half = await readOne(
    slide,
    { region: { x: 0, y: 0, width: 128, height: 128 }, width: 64, height: 64, level: 0 },
    { decode: 'fast' },
  )
  // 63 x 61 pixels from 17, 22: in half 31.5 x 30.5 from 8.5, 11.
  const request = { region: { x: 17, y: 22, width: 63, height: 61 }, width: 33, height: 32, level: 0 }
  const got = await readOne(slide, request, { decode: 'fast' })
  const weight = (d: number) => {
    const x = Math.abs(d)
    if (x < 1) return (1.25 * x - 2.25) * x * x + 1
    return x < 2 ? -0.75 * (((x - 5) * x + 8) * x - 4) : 0
  }
  let worst = 0
  for (let y = 2; y < 30; y++)
    for (let x = 2; x < 31; x++) {
      const [u, v] = [8.5 + ((x + 0.5) * 31.5) / 33 - 0.5, 11 + ((y + 0.5) * 30.5) / 32 - 0.5]
      let sum = 0
      for (let j = Math.floor(v) - 1; j < Math.floor(v) + 3; j++)
        for (let i = Math.floor(u) - 1; i < Math.floor(u) + 3; i++) sum += half[(j * 64 + i) * 3]! * weight(u - i) * weight(v - j)
      worst = Math.max(worst, Math.abs(Math.min(255, Math.max(0, sum)) - got[(y * 33 + x) * 3]!))
    }
  t.true(worst <= 1, `off by ${worst}`)
})

/** What was decoded, for a picture of a quarter of the pixels. */
async function decodedFor(slide: Slide, request: { width: number; height: number }, options: object): Promise<number> {
  await readOne(slide, whole(slide, request.width, request.height), options)
  return slide.counts().pixelsDecoded
}

needsNativeJpeg('decoded whole: what is shrunk by less, as TIAToolbox does, and where the slide has a level of its own', async (t) => {
  const page = await blocks(128, 128, 32)
  const fast = { decode: 'fast' }
  const all = 128 * 128
  const open = () => openBytes(t, buildTiff([page]))
  t.is(await decodedFor(await open(), { width: 64, height: 64 }, fast), all / 4)
  t.is(await decodedFor(await open(), { width: 68, height: 68 }, fast), all / 4, 'enlarged by 1/16')
  t.is(await decodedFor(await open(), { width: 69, height: 69 }, fast), all)
  t.is(await decodedFor(await open(), { width: 64, height: 69 }, fast), all, 'the axis that is shrunk less counts')
  t.is(await decodedFor(await open(), { width: 40, height: 40 }, fast), all / 4, 'not enlarged by more')
  t.is(await decodedFor(await open(), { width: 64, height: 64 }, {}), all, 'exact')
  t.is(await decodedFor(await open(), { width: 64, height: 64 }, { ...fast, resampling: 'tiatoolbox' }), all)
  // Level 1 is a half itself; what is asked of it by its number may be made smaller.
  const pyramid = await openBytes(t, buildTiff([page, await blocks(64, 64, 32, { 254: [1] })]))
  t.is(pyramid.info.levels.length, 2)
  t.is(await decodedFor(pyramid, { width: 64, height: 64 }, fast), all)
  const region = { x: 0, y: 0, width: 128, height: 128 }
  await readOne(pyramid, { region, width: 32, height: 32, level: 1 }, fast)
  t.is(pyramid.counts().pixelsDecoded, all + (64 * 64) / 4)
  t.is(pyramid.counts().tilesTouched, 16 + 4)
})

test('tiles that are no JPEG are read exactly, and the slide says that fast makes no difference', async (t) => {
  const deflated = buildTiff([rgbPage({ width: 64, height: 64, extra: { 259: [8] } }, (bytes) => deflateSync(bytes))])
  const slide = await openBytes(t, deflated)
  t.false(slide.decodesFast)
  const exact = await readOne(slide, whole(slide, 32, 32))
  same(t, await readOne(slide, whole(slide, 32, 32), { decode: 'fast' }), exact)
  t.true((await openBytes(t, buildTiff([await blocks(64, 64, 32)]))).decodesFast)
})

/** Real slides in half, from their last level: what docs/decoding.md says. */
const real = [
  ['aperio/CMU-1-Small-Region.svs', 19, 0.12],
  // The same JPEGs, and two whose frames and intervals are cut off by the edge of the slide.
  ['dicom/cmu-1-wsidicomizer-jpeg/1.2.826.0.1.3680043.8.498.35220404935377466417110411569853018212.dcm', 19, 0.12],
  ['dicom/camelyon-jpeg.dcm', 14, 0.31],
  ['hamamatsu/test3-DAPI-387.ndpi', 13, 0.46],
  ['tiff/CMU-1-Small-Region.jpeg.tiff', 33, 0.5],
  ['ometiff/OS-2-ndpi.ome.tif', 21, 0.37],
] as const

for (const [name, most, mean] of real) {
  needsNativeJpeg(`${name}: in half at most ${most} grey levels off, ${mean} on average`, async (t) => {
    const file = `${packageRoot}../shared/data/wsi/${name}`
    if (!existsSync(file)) {
      console.warn(`SKIPPED (absent: shared/data): ${name} in half`)
      t.pass()
      return
    }
    const slide = await openAt(t, file)
    const level = slide.info.levels.length - 1
    const last = slide.info.levels[level]!
    const [width, height] = [last.width, last.height].map((side) => Math.min(896, Math.floor(side / 2))) as [number, number]
    const { x, y } = last.downsample
    const request = { region: { x: 0, y: 0, width: 2 * width * x, height: 2 * height * y }, width, height, level }
    const exact = await readOne(slide, request)
    const whole = slide.counts().pixelsDecoded
    const fast = await readOne(slide, request, { decode: 'fast' })
    t.true(slide.counts().pixelsDecoded - whole <= whole / 4 + 4096, 'a quarter of the pixels was decoded')
    let [worst, sum] = [0, 0]
    for (let i = 0; i < exact.length; i++) {
      const off = Math.abs(exact[i]! - fast[i]!)
      sum += off
      if (off > worst) worst = off
    }
    t.true(worst <= most && sum / exact.length <= mean + 0.01, `${worst} at most, ${sum / exact.length} on average`)
  })
}
