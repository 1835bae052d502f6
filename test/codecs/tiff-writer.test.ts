/** The TIFF writer, read back by geotiff: levels, tiles, tags and pixels; expected values come from arithmetic on the rows written. */

import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { fromFile } from 'geotiff'
import { mode } from '../../src/codecs/tiff-writer/reduce.js'
import { writeTiles } from '../../src/codecs/tiff-writer/tiles.js'
import { openTiff, type Pixels, type TiffPicture } from '../../src/codecs/tiff-writer/writer.js'

const folder = await mkdtemp(path.join(tmpdir(), 'tiff-writer-'))
const tile = { width: 64, height: 32 }

async function written(name: string, picture: TiffPicture, row: (y: number) => Pixels): Promise<string> {
  const file = path.join(folder, name)
  const writer = await openTiff(file, picture)
  for (let y = 0; y < picture.height; y++) await writer.write(row(y))
  await writer.finish()
  return file
}

async function pixelsOf(file: string, index: number): Promise<{ width: number; height: number; data: ArrayLike<number> }> {
  const tiff = await fromFile(file)
  const image = await tiff.getImage(index)
  const data = (await image.readRasters({ interleave: true })) as unknown as ArrayLike<number>
  return { width: image.getWidth(), height: image.getHeight(), data }
}

const rgbRow = (width: number, y: number): Uint8Array => Uint8Array.from({ length: width * 3 }, (_, i) => (i * 7 + y * 13) % 251)

for (const big of [false, true]) {
  for (const compression of ['none', 'deflate'] as const) {
    test(`RGB comes back as written: ${compression}, ${big ? 'BigTIFF' : 'classic'}`, async (t) => {
      const picture: TiffPicture = { width: 201, height: 77, samples: { kind: 'rgb' }, compression, tile, big }
      const file = await written(`rgb-${compression}-${big}.tif`, picture, (y) => rgbRow(201, y))
      const full = await pixelsOf(file, 0)
      t.deepEqual([full.width, full.height], [201, 77])
      for (let y = 0; y < 77; y++)
        t.deepEqual(
          Array.from({ length: 603 }, (_, i) => full.data[y * 603 + i]!),
          [...rgbRow(201, y)],
        )
      t.is((await readFile(file)).readUInt16LE(2), big ? 43 : 42)
    })
  }
}

test('levels are halves, rounded up, and hold the mean of 2 x 2 with the last row and column repeated', async (t) => {
  const picture: TiffPicture = { width: 201, height: 77, samples: { kind: 'bytes', channels: 1 }, tile }
  const value = (x: number, y: number) => (Math.min(x, 200) * 3 + Math.min(y, 76) * 5) % 256
  const file = await written('levels.tif', picture, (y) => Uint8Array.from({ length: 201 }, (_, x) => value(x, y)))
  const count = await (await fromFile(file)).getImageCount()
  t.is(count, 3)
  const half = await pixelsOf(file, 1)
  t.deepEqual([half.width, half.height], [101, 39])
  for (const [x, y] of [
    [0, 0],
    [40, 17],
    [100, 3],
    [50, 38],
    [100, 38],
  ] as const) {
    const mean = (value(2 * x, 2 * y) + value(2 * x + 1, 2 * y) + value(2 * x, 2 * y + 1) + value(2 * x + 1, 2 * y + 1) + 2) >> 2
    t.is(half.data[y * 101 + x], mean)
  }
  const quarter = await pixelsOf(file, 2)
  t.deepEqual([quarter.width, quarter.height], [51, 20])
})

test('floats lie side by side; one row can stand for many', async (t) => {
  const picture: TiffPicture = { width: 100, height: 70, samples: { kind: 'floats', channels: 3 }, tile, pyramid: 'none' }
  const file = path.join(folder, 'floats.tif')
  const writer = await openTiff(file, picture)
  const row = (y: number) => Float32Array.from({ length: 300 }, (_, i) => Math.fround(i / 300 + y))
  await writer.write(row(0), 50)
  await writer.write(row(1), 20)
  await writer.finish()
  const tiff = await fromFile(file)
  const image = await tiff.getImage(0)
  t.is(image.fileDirectory.getValue('PlanarConfiguration'), 1)
  const planes = (await image.readRasters()) as unknown as Float32Array[]
  t.is(planes.length, 3)
  for (const [p, plane] of planes.entries()) {
    t.is(plane[49 * 100 + 7], row(0)[7 * 3 + p])
    t.is(plane[50 * 100 + 99], row(1)[99 * 3 + p])
  }
})

test('a palette, the resolution and the description are in the tags of the right level', async (t) => {
  const colors = [
    [255, 255, 255],
    [228, 26, 28],
  ] as const
  const picture: TiffPicture = {
    width: 128,
    height: 64,
    samples: { kind: 'palette', colors },
    tile,
    mpp: { x: 0.499, y: 4 },
    description: 'µ made by a test',
    software: 'tiastream',
  }
  const file = await written('palette.tif', picture, (y) => new Uint8Array(128).fill(y % 2))
  const tiff = await fromFile(file)
  const [full, half] = [await tiff.getImage(0), await tiff.getImage(1)]
  const map = (await full.fileDirectory.loadValue('ColorMap')) as Uint16Array
  t.deepEqual([map[0], map[1], map[257], map[513]], [65_535, 228 * 257, 26 * 257, 28 * 257])
  const [numerator, denominator] = (await full.fileDirectory.loadValue('XResolution')) as unknown as number[]
  t.is((1e4 * denominator!) / numerator!, 0.499)
  const coarse = (await half.fileDirectory.loadValue('YResolution')) as unknown as number[]
  t.is((1e4 * coarse[1]!) / coarse[0]!, 8)
  t.is(half.fileDirectory.getValue('NewSubfileType'), 1)
  t.is(half.fileDirectory.hasTag('ImageDescription'), false)
})

test('SubIFDs instead of following directories', async (t) => {
  const picture: TiffPicture = { width: 200, height: 200, samples: { kind: 'bytes', channels: 1 }, tile, pyramid: 'subifd' }
  const file = await written('subifd.tif', picture, (y) => new Uint8Array(200).fill(y))
  const tiff = await fromFile(file)
  t.is(await tiff.getImageCount(), 1)
  const links = (await (await tiff.getImage(0)).fileDirectory.loadValue('SubIFDs')) as ArrayLike<number>
  t.is(links.length, 2)
})

test('JPEG tiles stay close to what was written, and the bytes are the same every time', async (t) => {
  const picture: TiffPicture = {
    width: 150,
    height: 100,
    samples: { kind: 'rgb' },
    compression: 'jpeg',
    quality: 95,
    tile: { width: 64, height: 64 },
  }
  const row = (y: number) => Uint8Array.from({ length: 450 }, (_, i) => 120 + Math.round(60 * Math.sin(i / 90)) + (y >> 2))
  const [a, b] = [await written('a.tif', picture, row), await written('b.tif', picture, row)]
  t.deepEqual(await readFile(a), await readFile(b))
  const image = await (await fromFile(a)).getImage(0)
  const rgb = (await image.readRGB({ interleave: true })) as unknown as Uint8Array
  let worst = 0
  for (let y = 0; y < 100; y++) for (const [i, v] of row(y).entries()) worst = Math.max(worst, Math.abs(v - rgb[y * 450 + i]!))
  t.true(worst <= 12, `off by ${worst}`)
})

test('tiles of one colour are stored once', async (t) => {
  const picture: TiffPicture = { width: 64 * 30, height: 32 * 30, samples: { kind: 'bytes', channels: 1 }, tile, compression: 'none' }
  const file = await written('plain.tif', picture, () => new Uint8Array(64 * 30).fill(9))
  const size = (await stat(file)).size
  t.true(size < 64 * 32 + 20_000, `${size} bytes`)
  t.is((await pixelsOf(file, 0)).data[64 * 30 * 500 + 77], 9)
})

test('labels halve to the most frequent one; ties go to the lowest that is not background', (t) => {
  t.is(mode(1, 1, 2, 3), 1)
  t.is(mode(3, 2, 1, 2), 2)
  t.is(mode(0, 0, 2, 2), 2)
  t.is(mode(5, 0, 0, 0), 0)
  t.is(mode(3, 2, 2, 3), 2)
  t.is(mode(0, 4, 3, 2), 2)
  t.is(mode(1, 2, 3, 3), 3)
  t.is(mode(0, 0, 0, 0), 0)
})

test('ready tiles: shared ones are stored once, holes have no bytes', async (t) => {
  const file = path.join(folder, 'tiles.tif')
  const picture: TiffPicture = { width: 6400, height: 3200, samples: { kind: 'bytes', channels: 1 }, tile, compression: 'none' }
  const shared = new Uint8Array(64 * 32).fill(7)
  await writeTiles(file, picture, (level, column, row) =>
    column % 2 === 0 || level > 0 ? shared : row === 0 ? new Uint8Array(2048).fill(column) : null,
  )
  const image = await (await fromFile(file)).getImage(0)
  const counts = (await image.fileDirectory.loadValue('TileByteCounts')) as ArrayLike<number>
  t.deepEqual([counts[0], counts[1], counts[101]], [2048, 2048, 0])
  const data = (await image.readRasters({ window: [0, 0, 128, 1] })) as unknown as Uint8Array[]
  t.deepEqual([data[0]![0], data[0]![64]], [7, 1])
})

test('too few, too many and broken rows are refused', async (t) => {
  const picture: TiffPicture = { width: 10, height: 4, samples: { kind: 'rgb' } }
  const file = path.join(folder, 'refused.tif')
  const writer = await openTiff(file, picture)
  await t.throwsAsync(writer.write(new Uint8Array(31)), { message: /31 values are no whole rows/ })
  await t.throwsAsync(writer.write(new Uint8Array(30), 5), { message: /5 rows for the last 4/ })
  await writer.write(new Uint8Array(30), 3)
  await t.throwsAsync(writer.finish(), { message: /1 rows of 4 never came/ })
  await writer.close()
  t.is((await readFile(file)).readUInt32LE(4), 0, 'an unfinished file points to no directory')
})
