/** Frames by every table and in every codec; colours by what the bytes say. */

import path from 'node:path'
import { deflateRawSync } from 'node:zlib'
import test from 'ava'
import sharp from 'sharp'
import { el } from '../../../fixtures/dicom-file.js'
import {
  perFrame,
  planesOf,
  rle,
  type SlideFile,
  secondLevel,
  slideFile,
  slideTile,
  syntaxes,
  tilesOf,
} from '../../../fixtures/dicom-slide.js'
import { whole } from '../../../fixtures/pixels.js'
import { packageRoot } from '../../../src/core/package-root.js'
import { openSlide } from '../../../src/readers/open.js'
import { codestream } from '../jpeg2000-tiles.js'
import { cut, openBytes, readLevel, refTo, same } from '../open-buffer.js'
import { pixels } from '../tiff-builder.js'
import { jpegLossless, stream } from './codestreams.js'

const file = (more: Partial<SlideFile> & Pick<SlideFile, 'syntax' | 'pixels'>) =>
  slideFile({ uid: '9', size: whole, tile: slideTile, ...more })
const photometric = (name: string) => ({ 2621444: el(0x0028_0004, 'CS', name) })

for (const syntax of ['explicit', 'implicit', 'deflated', 'bigEndian'] as const) {
  for (const delimited of [false, true]) {
    test(`native, ${syntax}, sequences that end ${delimited ? 'by delimiters' : 'by lengths'}`, async (t) => {
      const slide = await openBytes(t, file({ syntax: syntaxes[syntax], pixels: { frames: tilesOf(whole), table: 'native' }, delimited }))
      t.deepEqual([slide.info.power, slide.info.mpp], [20, { x: 0.5, y: 0.25 }])
      same(t, await readLevel(slide, 0), whole.data)
    })
  }
}

test('native in planes, and in YCbCr', async (t) => {
  const frames = tilesOf(whole).map((tile) => Buffer.concat(planesOf(tile)))
  const changes = { 2621446: el(0x0028_0006, 'US', [1]) }
  same(
    t,
    await readLevel(await openBytes(t, file({ syntax: syntaxes.explicit, pixels: { frames, table: 'native' }, changes })), 0),
    whole.data,
  )
  // Y 100, Cb 128, Cr 228: by BT.601 red is 100 + 1.402 × 100, green 100 − 0.71414 × 100, blue 100.
  const ycc = [Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => [100, 128, 228][i % 3]!)]
  const slide = await openBytes(
    t,
    file({
      size: { width: 16, height: 16 },
      tile: 16,
      syntax: syntaxes.explicit,
      pixels: { frames: ycc, table: 'native' },
      changes: photometric('YBR_FULL'),
    }),
  )
  t.deepEqual([...(await cut(slide, 3, 3, 1, 1))], [240, 29, 100])
})

test('a frame without a byte is a tile that was left out: white, and told', async (t) => {
  const frames = tilesOf(whole).with(1, new Uint8Array(0))
  for (const table of ['basic', 'none'] as const) {
    const slide = await openBytes(t, file({ syntax: '1.2.840.10008.1.2.1.98', pixels: { frames, table } }))
    t.regex(slide.info.warnings.join(), /has no bytes for 1 of its 12 frames: they count as left out, and are white/)
    t.true((await cut(slide, 32, 0, 32, 32)).every((value) => value === 255))
    const own = await openBytes(t, file({ syntax: '1.2.840.10008.1.2.1.98', pixels: { frames: tilesOf(whole), table } }))
    same(t, await cut(slide, 0, 0, 32, 32), await cut(own, 0, 0, 32, 32))
  }
})

test('plain and deflated frames in items of their own; one that lacks bytes is an error of its tile', async (t) => {
  const inPlanes = { 2621446: el(0x0028_0006, 'US', [1]) }
  for (const [syntax, packed] of [
    ['1.2.840.10008.1.2.1.98', (frame: Uint8Array) => frame],
    ['1.2.840.10008.1.2.8.1', (frame: Uint8Array) => deflateRawSync(frame)],
  ] as const) {
    const read = (frames: readonly Uint8Array[], changes = {}) =>
      openBytes(t, file({ syntax, pixels: { frames: frames.map(packed), table: 'basic' }, changes }))
    const frames = tilesOf(whole)
    same(t, await readLevel(await read(frames), 0), whole.data)
    // A byte too many, as fills up an odd length, moves no plane.
    const planes = frames.map((tile) => Buffer.concat([...planesOf(tile), Buffer.alloc(1)]))
    same(t, await readLevel(await read(planes, inPlanes), 0), whole.data)
    const short = await read(frames.with(1, frames[1]!.subarray(0, 1000)))
    await t.throwsAsync(cut(short, 32, 0, 8, 8), { code: 'TILE_UNDECODABLE', message: /has 1000 bytes, where 3072 are needed/ })
  }
})

for (const table of ['basic', 'extended', 'none'] as const) {
  test(`items by an offset table: ${table}`, async (t) => {
    const frames = tilesOf(whole).map((tile) => rle(tile, slideTile))
    same(t, await readLevel(await openBytes(t, file({ syntax: syntaxes.rle, pixels: { frames, table } })), 0), whole.data)
  })
}

test('frames that were written in another order than they are numbered in lie where the table says, also in several items each', async (t) => {
  const frames = tilesOf(whole).map((tile) => rle(tile, slideTile))
  for (const fragment of [{}, { fragment: 250 }]) {
    const bytes = file({ syntax: syntaxes.rle, pixels: { frames: frames.toReversed(), table: 'basic', ...fragment } })
    const at = bytes.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff])) + 20
    const places = frames.map((_, i) => bytes.readUInt32LE(at + 4 * i)).reverse()
    for (const [i, place] of places.entries()) bytes.writeUInt32LE(place, at + 4 * i)
    const slide = await openBytes(t, bytes)
    t.deepEqual(slide.info.warnings, [])
    same(t, await readLevel(slide, 0), whole.data)
  }
})

test('a frame in several items: by the table, or because all are of the only frame', async (t) => {
  const frames = tilesOf(whole).map((tile) => rle(tile, slideTile))
  same(
    t,
    await readLevel(await openBytes(t, file({ syntax: syntaxes.rle, pixels: { frames, table: 'basic', fragment: 250 } })), 0),
    whole.data,
  )
  const one = [rle(tilesOf(whole, 128)[0]!, 128)]
  same(
    t,
    await readLevel(
      await openBytes(t, file({ syntax: syntaxes.rle, tile: 128, pixels: { frames: one, table: 'none', fragment: 1000 } })),
      0,
    ),
    whole.data,
  )
  const unclear = file({ syntax: syntaxes.rle, pixels: { frames, table: 'none', fragment: 250 } })
  await t.throwsAsync(openBytes(t, unclear), {
    code: 'SLIDE_UNSUPPORTED',
    message: /items of pixels for its 12 frames, and no offset table/,
  })
})

test('a basic table that is too short, or goes backwards, is not used', async (t) => {
  const frames = tilesOf(whole).map((tile) => rle(tile, slideTile))
  const bytes = file({ syntax: syntaxes.rle, pixels: { frames, table: 'basic' } })
  const at = bytes.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff])) + 12
  t.is(bytes.readUInt32LE(at + 4), 48)
  const backwards = Buffer.from(bytes)
  backwards.writeUInt32LE(0, at + 8 + 12)
  const short = Buffer.concat([bytes.subarray(0, at + 4), Buffer.of(44, 0, 0, 0), bytes.subarray(at + 8, at + 52), bytes.subarray(at + 56)])
  for (const [odd, fact] of [
    [backwards, /goes backwards: it is not used/],
    [short, /has 11 places for 12 frames/],
  ] as const) {
    const slide = await openBytes(t, odd)
    t.regex(slide.info.warnings.join(), fact)
    same(t, await readLevel(slide, 0), whole.data)
  }
})

test('wsidicomizer counts the head of an item as part of its length', async (t) => {
  const frames = tilesOf(whole).map((tile) => rle(tile, slideTile))
  const bytes = file({ syntax: syntaxes.rle, pixels: { frames, table: 'extended' } })
  const at = bytes.indexOf(Buffer.from([0xe0, 0x7f, 0x02, 0, 0x4f, 0x56])) + 12
  for (let i = 0; i < 12; i++) bytes.writeUInt32LE(bytes.readUInt32LE(at + 8 * i) + 8, at + 8 * i)
  same(t, await readLevel(await openBytes(t, bytes), 0), whole.data)
})

const side = 16
const one = (syntax: keyof typeof syntaxes, frame: Uint8Array, name: string) =>
  file({
    size: { width: side, height: side },
    tile: side,
    syntax: syntaxes[syntax],
    pixels: { frames: [frame], table: 'basic' },
    changes: photometric(name),
  })

for (const [what, syntax, frame, name, compression] of [
  ['JPEG-LS', 'jpegLs', stream('jpegLs'), 'RGB', 'jpeg-ls'],
  ['lossless JPEG', 'jpegLossless', jpegLossless[0]!, 'RGB', 'jpeg-lossless'],
  ['lossless JPEG that is said to be the other one', 'jpeg', jpegLossless[3]!, 'YBR_FULL_422', 'jpeg-lossless'],
  ['HTJ2K', 'htj2k', stream('htj2k'), 'YBR_RCT', 'htj2k'],
  ['HTJ2K under the syntax of JPEG 2000', 'jpeg2000', stream('htj2k'), 'RGB', 'htj2k'],
  ['JPEG 2000 under the syntax of HTJ2K', 'htj2k', codestream('rgb'), 'RGB', 'jpeg2000'],
  ['JPEG 2000 whose components were transformed, under any name', 'jpeg2000', stream('transformed'), 'YBR_ICT', 'jpeg2000'],
  ['JPEG 2000 whose components were not', 'jpeg2000', codestream('rgb'), 'RGB', 'jpeg2000'],
  ['JPEG 2000 that is said to have halved colours, and has all', 'jpeg2000', codestream('rgb'), 'YBR_FULL_422', 'jpeg2000'],
] as const) {
  test(`${what}: every pixel`, async (t) => {
    const slide = await openBytes(t, one(syntax, frame, name))
    t.is(slide.info.compression, compression)
    same(t, await cut(slide, 0, 0, side, side), pixels(0, 0, side, side))
  })
}

test('JPEG 2000 without a transform, in YCbCr: converted', async (t) => {
  const [y, cb, cr] = [...pixels(5, 5, 1, 1)] as [number, number, number]
  const wanted = [y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128)]
  for (const name of ['YBR_FULL', 'YBR_ICT', 'YBR_RCT']) {
    const got = [...(await cut(await openBytes(t, one('jpeg2000', codestream('rgb'), name)), 5, 5, 1, 1))]
    for (const [i, v] of wanted.entries()) t.true(Math.abs(Math.min(255, Math.max(0, v)) - got[i]!) <= 1, `${name} ${got} ${wanted}`)
  }
})

const jpeg = (progressive = false) =>
  sharp(pixels(0, 0, side, side), { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4', progressive })
    .toBuffer()
const marked = (bytes: Buffer, marker: readonly number[]) => Buffer.concat([bytes.subarray(0, 2), Buffer.from(marker), bytes.subarray(2)])
const jfif = [0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]
const adobe = (transform: number) => [0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform]

// By dcmcjpeg of DCMTK (+es, +ep), which writes them still.
test('progressive JPEG under its retired transfer syntaxes', async (t) => {
  const frame = await jpeg(true)
  const wanted = await sharp(frame).raw().toBuffer()
  for (const kind of ['jpegSpectral', 'jpegProgressive'] as const)
    same(t, await cut(await openBytes(t, one(kind, frame, 'YBR_FULL')), 0, 0, side, side), wanted, kind)
})

test('JPEG: a marker in the stream wins over the header; without one the header says it', async (t) => {
  const bytes = await jpeg()
  t.false(bytes.includes('JFIF') || bytes.includes('Adobe'))
  const ycc = await sharp(bytes).raw().toBuffer()
  // The same components, taken for RGB.
  const rgb = await sharp(marked(bytes, adobe(0)))
    .raw()
    .toBuffer()
  t.notDeepEqual(ycc, rgb)
  for (const [frame, name, wanted] of [
    [marked(bytes, jfif), 'YBR_FULL_422', ycc],
    [marked(bytes, jfif), 'RGB', ycc],
    [bytes, 'YBR_FULL', ycc],
    [bytes, 'RGB', rgb],
    [marked(bytes, adobe(0)), 'YBR_FULL_422', rgb],
    [marked(bytes, adobe(1)), 'RGB', ycc],
  ] as const) {
    const slide = await openBytes(t, one('jpeg', frame, name))
    same(t, await cut(slide, 0, 0, side, side), wanted, name)
  }
})

test('frames off the grid lie where they say, over each other, the later one on top', async (t) => {
  const size = { width: 50, height: 40 }
  const colours = [40, 90, 140]
  const places = [
    [0, 0],
    [10, 4],
    [25, 20],
  ] as const
  const slide = await openBytes(
    t,
    file({
      size,
      tile: side,
      syntax: syntaxes.explicit,
      pixels: { frames: colours.map((colour) => new Uint8Array(side * side * 3).fill(colour)), table: 'native' },
      changes: { 2134801: el(0x0020_9311, 'CS', 'TILED_SPARSE'), 1375769136: perFrame(places) },
    }),
  )
  const wanted = new Uint8Array(size.width * size.height * 3).fill(255)
  for (const [i, [left, top]] of places.entries())
    for (let y = top; y < Math.min(size.height, top + side); y++)
      wanted.fill(colours[i]!, (y * size.width + left) * 3, (y * size.width + Math.min(size.width, left + side)) * 3)
  same(t, await readLevel(slide, 0), wanted)
})

test('a slide that was opened before reads the tables of its other levels when they are used', async (t) => {
  const ref = refTo(path.join(packageRoot, 'fixtures/dicom'))
  const slide = await openSlide(ref, { again: true })
  t.teardown(() => slide.close())
  same(t, await readLevel(slide, 1), secondLevel.data)
  same(t, await readLevel(slide, 0), whole.data)
})

for (const [said, name, bytes] of [
  ['rle', 'jpeg-ls', stream('jpegLs')],
  ['jpegLs', 'jpeg2000', stream('transformed')],
  ['htj2k', 'jpeg', jpegLossless[0]!],
] as const) {
  test(`frames that are said to be in ${said} and are ${name} are read as what they are, with a warning`, async (t) => {
    const size = { width: 16, height: 16 }
    const slide = await openBytes(t, file({ size, tile: 16, syntax: syntaxes[said], pixels: { frames: [bytes], table: 'basic' } }))
    t.is(slide.info.warnings.length, 1)
    t.regex(slide.info.warnings[0]!, new RegExp(`is said to be compressed in .*, and is so in ${name}$`))
    same(t, await readLevel(slide, 0), pixels(0, 0, 16, 16))
  })
}

test('native pixels in pairs that share their colours, as YBR_FULL_422 has them; whole ones all the same', async (t) => {
  const size = { width: 16, height: 16 }
  const read = async (frame: Uint8Array) => {
    const pixels = { frames: [frame], table: 'native' } as const
    const changes = photometric('YBR_FULL_422')
    return readLevel(await openBytes(t, file({ size, tile: 16, syntax: syntaxes.explicit, pixels, changes })), 0)
  }
  // Y 100 and 150, Cb 128, Cr 228: red is Y + 1.402 × 100, green Y − 0.71414 × 100, blue Y.
  const [left, right] = [
    [240, 29, 100],
    [255, 79, 150],
  ] as const
  const wanted = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (Math.floor(i / 3) % 2 === 0 ? left : right)[i % 3]!)
  same(t, await read(Uint8Array.from({ length: 16 * 16 * 2 }, (_, i) => [100, 150, 128, 228][i % 4]!)), wanted)
  same(t, await read(Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => [100, 128, 228, 150, 128, 228][i % 6]!)), wanted)
})

test('several items a frame, and no table: a frame ends where its codestream does', async (t) => {
  const one = stream('jpegLs')
  const size = { width: 32, height: 16 }
  const of = (frames: readonly Uint8Array[], fragment = 100) =>
    openBytes(t, file({ size, tile: 16, syntax: syntaxes.jpegLs, pixels: { frames, table: 'none', fragment } }))
  // With a comment of one byte, an odd one: in items of all of it but its last byte, the mark of its end is cut in two.
  const odd = one.length % 2 === 1 ? one : Buffer.concat([one.subarray(0, 2), Uint8Array.of(0xff, 0xfe, 0, 3, 0), one.subarray(2)])
  for (const slide of [await of([one, one]), await of([odd, odd], odd.length - 1)]) {
    same(t, await cut(slide, 0, 0, 16, 16), pixels(0, 0, 16, 16))
    same(t, await cut(slide, 16, 0, 16, 16), pixels(0, 0, 16, 16))
  }
  // The last one ends elsewhere.
  await t.throwsAsync(of([one, one.subarray(0, -2)]), { code: 'SLIDE_UNSUPPORTED', message: /no offset table that says which are whose/ })
})
