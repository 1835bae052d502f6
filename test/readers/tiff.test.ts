/** TIFF layouts and compressions, made byte by byte: all show the same picture. */

import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import sharp from 'sharp'
import { sharedTest } from '../shared-data.js'
import { cut, openBytes, same } from './open-buffer.js'
import { buildTiff, type PageSpec, pixels, rgbPage, type TiffShape } from './tiff-builder.js'

const shapes: readonly [string, TiffShape][] = [
  ['classic little-endian', {}],
  ['classic big-endian', { bigEndian: true }],
  ['BigTIFF little-endian', { big: true }],
  ['BigTIFF big-endian', { big: true, bigEndian: true }],
]

for (const [name, shape] of shapes) {
  test(`${name}: levels in SubIFDs, edge tiles, all pixels`, async (t) => {
    const half = rgbPage({ width: 25, height: 20, extra: { 254: [1] } })
    // Tables of 48 tiles: long enough to lie far from their directory, where geotiff reads them later.
    const page: PageSpec = {
      ...rgbPage({ width: 120, height: 90, extra: { 270: `plain ${'.'.repeat(2000)}` } }),
      subs: [half, rgbPage({ width: 60, height: 45, extra: { 254: [1] } })],
    }
    const slide = await openBytes(t, buildTiff([page], shape))
    t.deepEqual(
      slide.info.levels.map((l) => [l.width, l.height]),
      [
        [120, 90],
        [60, 45],
      ],
      'the 25 x 20 one has another shape',
    )
    same(t, await cut(slide, 0, 0, 120, 90), pixels(0, 0, 120, 90))
    same(t, await cut(slide, 37, 29, 50, 41), pixels(37, 29, 50, 41))
    t.is(slide.info.vendor, 'generic')
  })
}

/** PackBits without any run: a length byte, then up to 128 literal bytes. */
function packBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  for (let i = 0; i < bytes.length; i += 128) {
    const part = bytes.subarray(i, i + 128)
    out.push(part.length - 1, ...part)
  }
  return Uint8Array.from(out)
}

/** LZW that never uses its table: every code 9 bits, a clear before they would grow. */
function lzw(bytes: Uint8Array): Uint8Array {
  let bits = ''
  bytes.forEach((byte, i) => {
    if (i % 250 === 0) bits += (256).toString(2).padStart(9, '0')
    bits += byte.toString(2).padStart(9, '0')
  })
  bits += (257).toString(2).padStart(9, '0')
  return Uint8Array.from(bits.match(/.{1,8}/g)!.map((b) => Number.parseInt(b.padEnd(8, '0'), 2)))
}

/** Rows of differences, as predictor 2 stores them. */
const differences = (width: number) => (bytes: Uint8Array) => {
  const out = bytes.slice()
  for (let i = out.length - 1; i >= 0; i--) if (i % (width * 3) >= 3) out[i] = (bytes[i]! - bytes[i - 3]!) & 255
  return out
}

const packings: readonly [string, number, PageSpec['tags'], (bytes: Uint8Array) => Uint8Array][] = [
  ['deflate', 8, {}, deflateSync],
  ['old deflate code', 32946, {}, deflateSync],
  ['deflate with predictor 2', 8, { 317: [2] }, (b) => deflateSync(differences(16)(b))],
  ['PackBits', 32773, {}, packBits],
  ['LZW', 5, {}, lzw],
  ['LZW with predictor 2', 5, { 317: [2] }, (b) => lzw(differences(16)(b))],
  ['uncompressed, whose predictor tag means nothing', 1, { 317: [2] }, (b) => b],
]

for (const [name, code, extra, pack] of packings) {
  test(`compression: ${name}`, async (t) => {
    const slide = await openBytes(t, buildTiff([rgbPage({ width: 40, height: 33, extra: { 259: [code], ...extra } }, pack)]))
    same(t, await cut(slide, 0, 0, 40, 33), pixels(0, 0, 40, 33))
  })
}

test('strips, the last one shorter; byte counts left out for uncompressed data', async (t) => {
  const rows = [pixels(0, 0, 30, 8), pixels(0, 8, 30, 8), pixels(0, 16, 30, 5)]
  const tags = { 256: [30], 257: [21], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 278: [8] }
  const slide = await openBytes(t, buildTiff([{ tags, tiles: rows }]))
  t.deepEqual(slide.info.levels[0]!.tile, { width: 30, height: 8 })
  same(t, await cut(slide, 0, 0, 30, 21), pixels(0, 0, 30, 21))
})

test('separate colour planes (planar configuration 2)', async (t) => {
  const plane = (x: number, y: number, c: number) => pixels(x, y, 16, 16).filter((_, i) => i % 3 === c)
  const places = [
    [0, 0],
    [16, 0],
    [0, 16],
    [16, 16],
  ] as const
  const tiles = [0, 1, 2].flatMap((c) => places.map(([x, y]) => deflateSync(plane(x, y, c))))
  const tags = { 256: [30], 257: [20], 258: [8, 8, 8], 259: [8], 262: [2], 277: [3], 284: [2], 322: [16], 323: [16] }
  const slide = await openBytes(t, buildTiff([{ tags, tiles }]))
  same(t, await cut(slide, 0, 0, 30, 20), pixels(0, 0, 30, 20))
})

test('Bio-Formats calls planes of red, green and blue in JPEG YCbCr: each is a grey JPEG', async (t) => {
  const rgb = pixels(0, 0, 16, 16)
  const planes = [0, 1, 2].map((c) => rgb.filter((_, i) => i % 3 === c))
  const tiles = await Promise.all(
    planes.map((plane) =>
      sharp(plane, { raw: { width: 16, height: 16, channels: 1 } })
        .toColourspace('b-w')
        .jpeg({ quality: 100 })
        .toBuffer(),
    ),
  )
  const tags = {
    256: [16],
    257: [16],
    258: [8, 8, 8],
    259: [7],
    262: [6],
    277: [3],
    284: [2],
    305: 'OME Bio-Formats 7.3.1',
    322: [16],
    323: [16],
  }
  const slide = await openBytes(t, buildTiff([{ tags, tiles }]))
  const data = await cut(slide, 0, 0, 16, 16)
  t.true(data.every((value, i) => Math.abs(value - rgb[i]!) <= 3))
})

test('alpha in a plane of its own, as GDAL writes it band by band, is laid on white', async (t) => {
  const rgb = pixels(0, 0, 16, 16)
  const tiles = [...[0, 1, 2].map((c) => rgb.filter((_, i) => i % 3 === c)), Uint8Array.from(rgb.subarray(0, 256), (_, i) => (i % 2) * 255)]
  const tags = { 256: [16], 257: [16], 258: [8, 8, 8, 8], 259: [8], 262: [2], 277: [4], 284: [2], 322: [16], 323: [16], 338: [2] }
  const slide = await openBytes(t, buildTiff([{ tags, tiles: tiles.map((tile) => deflateSync(tile)) }]))
  same(
    t,
    await cut(slide, 0, 0, 16, 16),
    rgb.map((v, i) => (Math.floor(i / 3) % 2 === 1 ? v : 255)),
  )
})

test('alpha is laid on white; also where nothing is said of it; a fourth channel without meaning is passed over', async (t) => {
  const rgba = (x0: number, y0: number) => {
    const rgb = pixels(x0, y0, 16, 16)
    const out = new Uint8Array(16 * 16 * 4)
    for (let i = 0; i < 256; i++) out.set([...rgb.subarray(i * 3, i * 3 + 3), i % 2 === 0 ? 255 : 0], i * 4)
    return out
  }
  const tags = { 256: [16], 257: [16], 258: [8, 8, 8, 8], 259: [1], 262: [2], 277: [4], 322: [16], 323: [16] }
  const slide = await openBytes(t, buildTiff([{ tags: { ...tags, 338: [2] }, tiles: [rgba(0, 0)] }]))
  const wanted = pixels(0, 0, 16, 16).map((v, i) => (Math.floor(i / 3) % 2 === 0 ? v : 255))
  same(t, await cut(slide, 0, 0, 16, 16), wanted)
  // A plain picture gives its stored colours, as the same one does as PNG (and as Pillow reads it).
  const tile = await openBytes(t, buildTiff([{ tags: { ...tags, 338: [2] }, tiles: [rgba(0, 0)] }]), 'tile')
  same(t, await cut(tile, 0, 0, 16, 16), pixels(0, 0, 16, 16))
  // Colours 60, 30, 15 that were multiplied by 50 % (128 of 255): 119.5, 59.8, 29.9 and cut off, as libvips 8.14 gives them.
  const multiplied = Uint8Array.from({ length: 1024 }, (_, i) => [60, 30, 15, 128][i % 4]!)
  const undone = await openBytes(t, buildTiff([{ tags: { ...tags, 338: [1] }, tiles: [multiplied] }]), 'tile')
  same(
    t,
    await cut(undone, 0, 0, 16, 16),
    Uint8Array.from({ length: 768 }, (_, i) => [119, 59, 29][i % 3]!),
  )
  const unnamed = await openBytes(t, buildTiff([{ tags: { ...tags, 338: [0] }, tiles: [rgba(0, 0)] }]))
  same(t, await cut(unnamed, 0, 0, 16, 16), pixels(0, 0, 16, 16))
  t.regex(unnamed.info.warnings.join(), /fourth channel, which by its own word is no alpha, is passed over/)
  const opencv = await openBytes(t, buildTiff([{ tags, tiles: [rgba(0, 0)] }]))
  same(t, await cut(opencv, 0, 0, 16, 16), wanted)
  t.deepEqual(opencv.info.warnings, [])
})

test("bits in reversed order (tiffcp -f lsb2msb, ImageMagick's fill-order=lsb) are turned before they are unpacked", async (t) => {
  const rgb = pixels(0, 0, 16, 16)
  const turned = (bytes: Uint8Array) =>
    bytes.map((byte) => Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2))
  const tags = { 256: [16], 257: [16], 258: [8, 8, 8], 262: [2], 266: [2], 277: [3], 322: [16], 323: [16] }
  for (const [compression, packed] of [
    [1, rgb],
    [8, deflateSync(rgb)],
  ] as const) {
    const slide = await openBytes(t, buildTiff([{ tags: { ...tags, 259: [compression] }, tiles: [turned(packed)] }]))
    same(t, await cut(slide, 0, 0, 16, 16), rgb)
  }
})

test('grey is refused as a slide and read as a picture, 0 white or black', async (t) => {
  const grey = Uint8Array.from({ length: 256 }, (_, i) => i)
  const tags = (photometric: number) => ({ 256: [16], 257: [16], 258: [8], 259: [1], 262: [photometric], 277: [1], 278: [16] })
  const wanted = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3))
  for (const [photometric, flip] of [
    [1, 0],
    [0, 255],
  ] as const) {
    const bytes = buildTiff([{ tags: tags(photometric), tiles: [grey] }])
    await t.throwsAsync(openBytes(t, bytes), { code: 'SLIDE_UNSUPPORTED', message: /grey/ })
    const picture = await openBytes(t, bytes, 'tile')
    t.deepEqual(
      await cut(picture, 0, 0, 16, 16),
      wanted.map((v) => v ^ flip),
    )
  }
})

test('blank tiles (byte count 0) are white', async (t) => {
  const page = rgbPage({ width: 48, height: 16 })
  const slide = await openBytes(t, buildTiff([{ ...page, tiles: [page.tiles![0]!, new Uint8Array(), page.tiles![2]!] }]))
  const wanted = pixels(0, 0, 48, 16).map((v, i) => (Math.floor(i / 3) % 48 >= 16 && Math.floor(i / 3) % 48 < 32 ? 255 : v))
  same(t, await cut(slide, 0, 0, 48, 16), wanted)
  t.is(slide.counts().tilesDecoded, 2)
})

const refused: readonly [string, PageSpec['tags'], RegExp][] = [
  ['old-style JPEG', { 259: [6] }, /compression 6 \(old-style JPEG\)/],
  ['an unknown compression', { 259: [52479] }, /compression 52479 \(unknown\)/],
  ['16 bits', { 258: [16, 16, 16] }, /16 bits a sample/],
  ['signed samples', { 339: [2, 2, 2] }, /signed samples/],
  ['a palette', { 262: [3], 277: [1], 258: [8] }, /palette/],
  ['CMYK', { 262: [5], 277: [4], 258: [8, 8, 8, 8] }, /CMYK/],
  ['five channels', { 277: [5], 258: [8, 8, 8, 8, 8] }, /5 channels/],
  ['uncompressed YCbCr', { 262: [6] }, /YCbCr colours with none/],
  ['a turned picture', { 274: [3] }, /orientation 3/],
  ['WebP in separate planes', { 259: [50001], 284: [2] }, /WebP data in separate colour planes/],
  ['YCbCr in separate planes of different sizes', { 259: [7], 262: [6], 284: [2] }, /separate colour planes of different sizes/],
  ['the floating-point predictor', { 259: [8], 317: [3] }, /predictor 3/],
  ['differences in PackBits, as tifffile writes them', { 259: [32773], 317: [2] }, /a predictor with PackBits compression/],
]

for (const [name, extra, message] of refused) {
  test(`refused by name: ${name}`, async (t) => {
    await t.throwsAsync(openBytes(t, buildTiff([rgbPage({ width: 16, height: 16, extra })])), { code: 'SLIDE_UNSUPPORTED', message })
  })
}

test('pages that are no levels: another shape, a mask, the same size', async (t) => {
  const base = rgbPage({ width: 64, height: 48 })
  const level = rgbPage({ width: 32, height: 24, extra: { 254: [1] } })
  const mask = rgbPage({ width: 16, height: 12, extra: { 254: [5] } })
  const label = rgbPage({ width: 20, height: 30, extra: { 254: [1], 270: 'Label image' } })
  const slide = await openBytes(t, buildTiff([base, level, mask, label]))
  t.deepEqual(
    slide.info.levels.map((l) => l.width),
    [64, 32],
  )
  t.deepEqual(slide.info.associated, ['label'])
  const { width, height, data } = await slide.associated('label')
  t.deepEqual([width, height], [20, 30])
  same(t, data, pixels(0, 0, 20, 30))
  await t.throwsAsync(openBytes(t, buildTiff([base, base])), { code: 'SLIDE_UNSUPPORTED', message: /2 pages of the same size/ })
})

test('OME units of length are honoured, and other units are none', async (t) => {
  const xml = (size: string, unit: string) =>
    `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument><Objective ID="O:1" NominalMagnification="40"/></Instrument><Image ID="I:0"><ObjectiveSettings ID="O:1"/><Pixels PhysicalSizeX="${size}" PhysicalSizeXUnit="${unit}" SizeC="3" SizeT="1" SizeZ="1"><Channel SamplesPerPixel="3"/></Pixels></Image></OME>`
  for (const [size, unit, mpp] of [
    ['250', 'nm', 0.25],
    ['0.00025', 'mm', 0.25],
    ['0.25', '&#xB5;m', 0.25],
    ['1', 'pixel', undefined],
  ] as const) {
    const { info } = await openBytes(t, buildTiff([rgbPage({ width: 16, height: 16, extra: { 270: xml(size, unit) } })]))
    t.is(info.vendor, 'ome')
    t.is(info.power, 40)
    if (mpp === undefined) t.is(info.mppSource, 'estimated from power 40 (10 / power)', unit)
    else t.true(Math.abs(info.mpp!.x - mpp) < 1e-12 && info.mpp!.x === info.mpp!.y, unit)
  }
})

test('formats that only look like plain TIFF are refused by name', async (t) => {
  const named: readonly [PageSpec['tags'], RegExp][] = [
    [{ 305: 'Philips DP v1.0' }, /Philips TIFF/],
    [{ 270: '<?xml version="1.0"?><iScan Magnification="40"/>' }, /Ventana BIF/],
  ]
  for (const [extra, message] of named) {
    await t.throwsAsync(openBytes(t, buildTiff([rgbPage({ width: 16, height: 16, extra })])), { code: 'SLIDE_UNSUPPORTED', message })
  }
})

test('WebP tiles, opaque and with alpha', async (t) => {
  const image = sharp(pixels(0, 0, 16, 16), { raw: { width: 16, height: 16, channels: 3 } })
  const tile = await image.webp({ lossless: true }).toBuffer()
  const page = rgbPage({ width: 16, height: 16, extra: { 259: [50001] } })
  const slide = await openBytes(t, buildTiff([{ ...page, tiles: [tile] }]))
  same(t, await cut(slide, 0, 0, 16, 16), pixels(0, 0, 16, 16))
  // A tile is a part of a picture: what its own EXIF says of turning is not meant.
  const turned = await image.webp({ lossless: true }).withMetadata({ orientation: 6 }).toBuffer()
  const upright = await openBytes(t, buildTiff([{ ...page, tiles: [turned] }]))
  same(t, await cut(upright, 0, 0, 16, 16), pixels(0, 0, 16, 16))
  // libtiff refuses alpha that no tag speaks of, and so does tifffile.
  const clear = await image.ensureAlpha(0.5).webp({ lossless: true }).toBuffer()
  const odd = await openBytes(t, buildTiff([{ ...page, tiles: [clear] }]))
  await t.throwsAsync(cut(odd, 0, 0, 16, 16), { code: 'TILE_UNDECODABLE', message: /WebP data has alpha, and its page 3 samples/ })
  const said = { ...page, tags: { ...page.tags, 258: [8, 8, 8, 8], 277: [4], 338: [2] } }
  const white = await openBytes(t, buildTiff([{ ...said, tiles: [clear] }]))
  const wanted = pixels(0, 0, 16, 16).map((v) => Math.round((v * 128 + 255 * 127) / 255))
  const got = await cut(white, 0, 0, 16, 16)
  t.true(got.every((v, i) => Math.abs(v - wanted[i]!) <= 1))
})

test('a JPEG tile larger than its place, or smaller than its part of the slide, is that tile’s error', async (t) => {
  const jpeg = (size: number) =>
    sharp({ create: { width: size, height: size, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer()
  const page = (tile: Buffer) => buildTiff([{ ...rgbPage({ width: 16, height: 16, extra: { 259: [7], 262: [6] } }), tiles: [tile] }])
  for (const [size, message] of [
    [64, /says 64 x 64 pixels, its place has 16 x 16/],
    [8, /gives 8 x 8 pixels, 16 x 16 are needed/],
  ] as const) {
    const slide = await openBytes(t, page(await jpeg(size)))
    await t.throwsAsync(cut(slide, 0, 0, 16, 16), { code: 'TILE_UNDECODABLE', message })
  }
})

sharedTest('JPEG 2000 tiles without loss', ['wsi/jp2/XYC-tiled.jp2', 'wsi/tiff/XYC.png'], async (t, jp2, png) => {
  const file = await readFile(jp2!)
  // With the boxes of a JP2 file around it, and without.
  for (const tile of [file, file.subarray(file.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51])))]) {
    const tags = { 256: [512], 257: [512], 258: [8, 8, 8], 259: [34712], 262: [2], 277: [3], 322: [512], 323: [512] }
    const slide = await openBytes(t, buildTiff([{ tags, tiles: [tile] }]))
    same(t, await cut(slide, 0, 0, 512, 512), await sharp(png!).removeAlpha().raw().toBuffer())
  }
})

test('nothing is printed while decoding', (t) => {
  // OpenJPEG and sharp like to talk; stdout belongs to the user.
  const out = execFileSync(process.execPath, [
    '--input-type=module',
    '-e',
    `await import(${JSON.stringify(new URL('../../src/codecs/load.js', import.meta.url).href)}).then((m) => m.loadJpeg2000())`,
  ])
  t.is(out.toString(), '')
})
