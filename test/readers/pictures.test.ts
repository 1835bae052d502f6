/** Plain pictures and sets of patches. */

import { chmod, mkdir, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import { decodePicture } from '../../src/codecs/sharp.js'
import type { SetImage } from '../../src/core/slide.js'
import { fileError } from '../../src/readers/byte-source.js'
import { defaultLimits } from '../../src/readers/limits.js'
import { openSlide } from '../../src/readers/open.js'
import { pictureFrom } from '../../src/readers/picture-from.js'
import { sharedTest } from '../shared-data.js'
import { cut, fileOf, folderOf, openAt, readOne, refTo, same } from './open-buffer.js'
import { buildTiff, pixels, rgbPage } from './tiff-builder.js'

const picture = (width: number, height: number, x = 0) => sharp(pixels(x, 0, width, height), { raw: { width, height, channels: 3 } })

test('a PNG is a tile: one level, decoded once, read anywhere', async (t) => {
  const file = await fileOf(t, await picture(300, 200).png().toBuffer(), 'a.png')
  const slide = await openAt(t, file, 'tile')
  const { kind, vendor, width, height, levels, mpp, compression } = slide.info
  t.deepEqual([kind, vendor, width, height, levels.length, mpp, compression], ['tile', 'png', 300, 200, 1, undefined, 'png'])
  same(t, await cut(slide, 30, 20, 100, 90), pixels(30, 20, 100, 90))
  same(t, await cut(slide, 130, 20, 100, 90), pixels(130, 20, 100, 90))
  t.is(slide.counts().tilesDecoded, 1)
})

test('a JPEG is turned as its orientation says; alpha is dropped, grey becomes RGB', async (t) => {
  // Orientation 6: to be turned clockwise by 90 degrees.
  const turned = await openAt(
    t,
    await fileOf(t, await picture(64, 32).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer(), 'a.jpg'),
    'tile',
  )
  t.deepEqual([turned.info.width, turned.info.height], [32, 64])
  const upright = await cut(turned, 0, 0, 32, 64)
  const plain = await picture(64, 32).jpeg({ quality: 100 }).toBuffer()
  t.deepEqual([...upright], [...(await sharp(plain).rotate(90).raw().toBuffer())])
  const alpha = await sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 10, g: 20, b: 30, alpha: 0.5 } } })
    .png()
    .toBuffer()
  t.deepEqual([...(await cut(await openAt(t, await fileOf(t, alpha, 'b.png'), 'tile'), 0, 0, 1, 1))], [10, 20, 30])
  const grey = await sharp(Buffer.alloc(64, 77), { raw: { width: 8, height: 8, channels: 1 } })
    .png()
    .toBuffer()
  t.deepEqual([...(await cut(await openAt(t, await fileOf(t, grey, 'c.png'), 'tile'), 3, 3, 1, 1))], [77, 77, 77])
})

test('a small picture is read once, and its decoder opens it no more; a large one is not held', async (t) => {
  const asked: number[] = []
  const ofSize = (size: number) => ({
    uri: '/slides/a.png',
    size,
    modified: 0,
    read: async (offset: number, length: number) => {
      asked.push(offset, length)
      return new Uint8Array(length)
    },
    close: async () => undefined,
  })
  t.deepEqual(await pictureFrom(ofSize(1000), defaultLimits), new Uint8Array(1000))
  t.deepEqual(asked.splice(0), [0, 1000])
  const large = ofSize(2 ** 28)
  t.is(await pictureFrom(large, defaultLimits), large.uri)
  t.deepEqual(asked, [])
})

test('a picture of 5000 x 5000 is read', async (t) => {
  const png = await sharp({ create: { width: 5000, height: 5000, channels: 3, background: '#123456' } })
    .png({ compressionLevel: 1 })
    .toBuffer()
  const slide = await openAt(t, await fileOf(t, png, 'big.png'), 'tile')
  t.deepEqual([...(await cut(slide, 4999, 4999, 1, 1))], [0x12, 0x34, 0x56])
})

test('broken pictures: a header that lies, a file cut short', async (t) => {
  const png = await picture(64, 64).png().toBuffer()
  await t.throwsAsync(openSlide(refTo(await fileOf(t, png.subarray(0, 20), 'a.png'), 'tile')), {
    name: 'SlideError',
    code: 'SLIDE_MALFORMED',
  })
  const cutShort = await openAt(t, await fileOf(t, png.subarray(0, png.length - 200), 'b.png'), 'tile')
  await t.throwsAsync(cut(cutShort, 0, 0, 64, 64), { name: 'SlideError', code: 'TILE_UNDECODABLE' })
  const huge = Buffer.from(png)
  huge.writeUInt32BE(2_000_000_000, 16)
  await t.throwsAsync(openSlide(refTo(await fileOf(t, huge, 'c.png'), 'tile')), { name: 'SlideError' })
  await t.throwsAsync(openSlide(refTo(await fileOf(t, png, 'd.png'), 'tile'), { limits: { picturePixels: 64 * 63 } }), {
    code: 'SLIDE_TOO_LARGE',
  })
})

test('a JPEG whose codes are none, or are left over, is an error, not what libjpeg makes of it', async (t) => {
  const whole = await picture(64, 64).jpeg({ quality: 95 }).toBuffer()
  const end = whole.length - 2
  const damaged: Readonly<Record<string, Uint8Array>> = {
    // No code consists of ones alone.
    'none.jpg': Buffer.from(whole).fill(Buffer.from([0xff, 0]), end - 300, end - 200),
    'over.jpg': Buffer.concat([whole.subarray(0, end), Buffer.alloc(40, 0x5a), whole.subarray(end)]),
    'short.jpg': Buffer.concat([whole.subarray(0, end - 40), whole.subarray(end)]),
    'cut.jpg': whole.subarray(0, end - 40),
    'turned.jpg': Buffer.concat([turned, whole.subarray(2, end), Buffer.alloc(40, 0x5a), whole.subarray(end)]),
  }
  for (const [name, bytes] of Object.entries(damaged)) {
    const slide = await openAt(t, await fileOf(t, bytes, name), 'tile')
    await t.throwsAsync(cut(slide, 0, 0, 64, 64), { code: 'TILE_UNDECODABLE', message: /the JPEG data is damaged or ends early/ }, name)
  }
  // Of a copy that was not finished the rest is zeros, which are codes.
  const unfinished = await openAt(t, await fileOf(t, Buffer.from(whole).fill(0, whole.length - 40), 'd.jpg'), 'tile')
  await t.throwsAsync(cut(unfinished, 0, 0, 64, 64), { code: 'TILE_UNDECODABLE', message: /ends in zeros/ })
})

/** The start of a JPEG that is to be turned by half: EXIF with one tag. */
const turned = Buffer.from('ffd8ffe1002245786966000049492a0008000000010012010300010000000300000000000000', 'hex')

test('what is written amiss around the codes of a JPEG puts no pixel in doubt', async (t) => {
  const whole = await picture(64, 64).jpeg({ quality: 95 }).toBuffer()
  const wanted = await cut(await openAt(t, await fileOf(t, whole, 'a.jpg'), 'tile'), 0, 0, 64, 64)
  const behindFirst = 4 + whole.readUInt16BE(4)
  const scan = whole.indexOf(Buffer.of(0xff, 0xda))
  const parameters = scan + 2 + whole.readUInt16BE(scan + 2) - 3
  const end = whole.length - 2
  const changed = (at: number, bytes: readonly number[]) =>
    Buffer.concat([whole.subarray(0, at), Buffer.from(bytes), whole.subarray(at + bytes.length)])
  const inserted = (at: number, bytes: readonly number[]) => Buffer.concat([whole.subarray(0, at), Buffer.from(bytes), whole.subarray(at)])
  const adobe = [0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 7]
  const odd: Readonly<Record<string, Uint8Array>> = {
    'bytes between segments': inserted(behindFirst, [0, 1, 2]),
    'a version of JFIF that there is not': inserted(2, [0xff, 0xe0, 0, 16, ...Buffer.from('JFIF'), 0, 9, 1, 0, 0, 1, 0, 1, 0, 0]),
    'a transform of Adobe that there is not': inserted(2, adobe),
    'parameters of a scan': changed(parameters, [0, 0, 0]),
    'codes filled up with zeros': inserted(end, Array(30).fill(0)),
    'codes filled up with FF': inserted(end, [0xff, 0xff, 0xff]),
    'no end': whole.subarray(0, end),
    'zeros behind the end': Buffer.concat([whole, Buffer.alloc(40)]),
    'another picture behind the end': Buffer.concat([whole, whole]),
    'several of them': Buffer.concat([inserted(behindFirst, [0, 1, 2]).subarray(0, -2), Buffer.alloc(30), whole.subarray(end)]),
  }
  for (const [name, bytes] of Object.entries(odd))
    same(t, await cut(await openAt(t, await fileOf(t, bytes, 'b.jpg'), 'tile'), 0, 0, 64, 64), wanted, name)
})

test('lossy WebP whose rest is zeros is an error; zeros of one colour are none', async (t) => {
  const whole = await picture(256, 256).webp({ quality: 90 }).toBuffer()
  t.true(whole.length > 4096)
  const slide = await openAt(t, await fileOf(t, Buffer.from(whole).fill(0, whole.length - 2048), 'a.webp'), 'tile')
  await t.throwsAsync(cut(slide, 0, 0, 256, 256), { code: 'TILE_UNDECODABLE', message: /the WebP data ends in zeros/ })
  const white = { create: { width: 1000, height: 30, channels: 3, background: '#fff' } } as const
  for (const flat of [{ quality: 10, effort: 0 }, { quality: 100, effort: 0 }, { lossless: true }])
    await t.notThrowsAsync(decodePicture(await sharp(white).webp(flat).toBuffer(), 'drop', 30_000))
  // Noise, and below it white: 14 bytes a block.
  const half = Buffer.alloc(256 * 256 * 3, 255)
  for (let i = 0, noise = 1; i < half.length / 2; i++) {
    noise = (noise * 16_807) % 2_147_483_647
    half[i] = noise >> 8
  }
  const below = await sharp(half, { raw: { width: 256, height: 256, channels: 3 } })
    .webp({ quality: 75, effort: 0 })
    .toBuffer()
  t.true(below.subarray(-700).every((byte) => byte === 0))
  t.is((await decodePicture(below, 'drop', 65_536)).data.at(-1), 255)
  await t.throwsAsync(decodePicture(below.fill(0, below.length / 2), 'drop', 65_536), { message: /the WebP data ends in zeros/ })
})

test('a JPEG that is to be turned, and lost the mark of its end, is read', async (t) => {
  const whole = Buffer.concat([turned, (await picture(64, 64).jpeg({ quality: 95 }).toBuffer()).subarray(2)])
  t.deepEqual((await decodePicture(whole.subarray(0, -2), 'drop', 64 * 64)).data, (await decodePicture(whole, 'drop', 64 * 64)).data)
})

test('a JPEG in CMYK, in grey, and in several scans is read', async (t) => {
  const cmyk = await picture(64, 64).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()
  const wanted = (await decodePicture(cmyk, 'drop', 64 * 64)).data
  const scan = cmyk.indexOf(Buffer.of(0xff, 0xda))
  const parameters = scan + 2 + cmyk.readUInt16BE(scan + 2) - 3
  for (const odd of [
    Buffer.concat([cmyk.subarray(0, 2), Buffer.alloc(3), cmyk.subarray(2)]),
    // Segments of the programs' own, with nothing in them.
    Buffer.concat([cmyk.subarray(0, 2), Buffer.of(0xff, 0xe0, 0, 2, 0xff, 0xee, 0, 2), cmyk.subarray(2)]),
    Buffer.concat([cmyk.subarray(0, parameters), Buffer.alloc(3), cmyk.subarray(parameters + 3)]),
  ])
    t.deepEqual((await decodePicture(odd, 'drop', 64 * 64)).data, wanted)
  await t.throwsAsync(decodePicture(cmyk.subarray(0, -60), 'drop', 64 * 64), { message: 'the picture is damaged or too large' })
  const several = picture(64, 64).jpeg({ quality: 95, progressive: true })
  t.deepEqual(
    Buffer.from((await decodePicture(await several.toBuffer(), 'drop', 64 * 64)).data),
    await sharp(await several.toBuffer())
      .raw()
      .toBuffer(),
  )
  const grey = await picture(64, 64).greyscale().jpeg({ quality: 95 }).toBuffer()
  const { data } = await decodePicture(grey, 'drop', 64 * 64)
  t.deepEqual(Buffer.from(data.filter((_, i) => i % 3 === 2)), await sharp(grey).extractChannel(0).raw().toBuffer())
  // By `cjpeg -grayscale -arithmetic -progressive`, of 16 x 16; the corners as djpeg gives them.
  const arithmetic = Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/ygALCAAQABABAREA/8wABAAQ/9oACAEBAAAAAf8Abvw7VVD/zAAEEAX/2gAIAQEAAQUCGun17bwl/8wABBAF/9oACAEBAAY/AsD/zAAEEAX/2gAIAQEAAT8h00Be/9oACAEBAAAAEHD/zAAEEAX/2gAIAQEAAT8QJ1qW/9k=',
    'base64',
  )
  const corners = (await decodePicture(arithmetic, 'drop', 256)).data.filter((_, i) => i % 3 === 0)
  t.deepEqual([...corners.subarray(0, 4), ...corners.subarray(-4)], [2, 6, 13, 19, 206, 212, 219, 223])
  // By `cjpeg -sample 1x1,2x1,1x1`, of 16 x 16, and its two ends by djpeg: a share of samples that TurboJPEG does not take.
  const rare = Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAQABADAREAAiEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABv/EABcQAQADAAAAAAAAAAAAAAAAAAUAIjL/xAAXAQADAQAAAAAAAAAAAAAAAAABAwQF/8QAGREAAwADAAAAAAAAAAAAAAAAAAECBAUx/9oADAMBAAIRAxEAPwA8SbmsMsfLL9bk8GBJuaySWOlmBrcnh//Z',
    'base64',
  )
  const { data: ends } = await decodePicture(rare, 'drop', 256)
  t.deepEqual([...ends.subarray(0, 6), ...ends.subarray(-6)], [1, 3, 0, 8, 4, 5, 216, 222, 234, 224, 223, 239])
})

async function setOf(t: Parameters<typeof folderOf>[0], files: Readonly<Record<string, Uint8Array>>) {
  const folder = await folderOf(t)
  const images: SetImage[] = []
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(path.join(folder, name), bytes)
    images.push({ uri: path.join(folder, name) })
  }
  return { folder, images, open: () => openAt(t, folder, 'set', {}, { images }) }
}

const rowOf = (i: number, width = 32, height = 24) => ({ region: { x: 0, y: i * height, width, height }, width, height })

test('a set is a column of pictures of any of the formats, each read by its row', async (t) => {
  const tiff = buildTiff([rgbPage({ width: 32, height: 24, tile: 16 })])
  const set = await setOf(t, {
    'a.png': await picture(32, 24, 5).png().toBuffer(),
    'b.tif': tiff,
    'c.webp': await picture(32, 24, 9).webp({ lossless: true }).toBuffer(),
  })
  const slide = await set.open()
  t.deepEqual([slide.info.kind, slide.info.width, slide.info.height], ['set', 32, 72])
  const out = [0, 1, 2].map(() => new Uint8Array(32 * 24 * 3))
  t.deepEqual(
    await slide.read(
      [0, 1, 2].map((i) => rowOf(i)),
      out,
    ),
    [null, null, null],
  )
  t.deepEqual(out, [pixels(5, 0, 32, 24), pixels(0, 0, 32, 24), pixels(9, 0, 32, 24)])
})

test('a picture of another size, a broken one and a missing one are errors of their own', async (t) => {
  const good = await picture(32, 24).png().toBuffer()
  const set = await setOf(t, {
    'small.png': Buffer.from('no picture'),
    'a.png': good,
    'wide.png': await picture(48, 24).png().toBuffer(),
    'narrow.png': await picture(16, 12).png().toBuffer(),
    'cut.png': good.subarray(0, good.length - 60),
    'b.png': good,
  })
  set.images.push({ uri: path.join(set.folder, 'gone.png') })
  const slide = await set.open()
  t.is(slide.info.height, 7 * 24, 'the size is that of the first that can be read')
  const out = set.images.map(() => new Uint8Array(32 * 24 * 3))
  const errors = await slide.read(
    set.images.map((_, i) => rowOf(i)),
    out,
  )
  t.deepEqual(
    errors.map((e) => (e as { code?: string } | null)?.code ?? null),
    ['SLIDE_UNSUPPORTED', null, 'PATCH_SIZE', 'PATCH_SIZE', 'TILE_UNDECODABLE', null, 'SLIDE_MISSING'],
  )
  t.regex(errors[2]!.message, /wide\.png is 48 x 24 pixels, the first picture of its set is 32 x 24/)
  same(t, out[5]!, pixels(0, 0, 32, 24))
})

test('a set without a readable picture, or without any, is refused', async (t) => {
  const set = await setOf(t, { 'a.png': Buffer.from('x'), 'b.png': Buffer.alloc(0) })
  await t.throwsAsync(set.open(), { code: 'SLIDE_UNREADABLE', message: /none of the 2 pictures/ })
  await t.throwsAsync(openSlide(refTo('nothing', 'set', { images: [] })), { code: 'SLIDE_NO_PICTURE' })
})

test('identity: the same file twice, another byte, another picture in a set', async (t) => {
  const bytes = buildTiff([rgbPage({ width: 300, height: 300 })])
  const file = await fileOf(t, bytes)
  const { identity } = await openAt(t, file)
  t.is(identity.bytes, bytes.length)
  t.regex(identity.head, /^[0-9a-f]{64}$/)
  t.deepEqual((await openAt(t, file)).identity, identity)
  t.not(
    (await openAt(t, await fileOf(t, Buffer.concat([bytes.subarray(0, 100), Buffer.from([bytes[100]! ^ 1]), bytes.subarray(101)]))))
      .identity.head,
    identity.head,
  )
  const set = await setOf(t, { 'a.png': await picture(8, 8).png().toBuffer(), 'b.png': await picture(8, 8).png().toBuffer() })
  const before = (await set.open()).identity
  await writeFile(set.images[1]!.uri, await picture(8, 8, 99).png({ compressionLevel: 0 }).toBuffer())
  t.not((await set.open()).identity.head, before.head)
})

test('a file that shrinks while it is open: a short read is an error', async (t) => {
  const file = await fileOf(t, buildTiff([rgbPage({ width: 64, height: 64 })]))
  const slide = await openAt(t, file)
  await truncate(file, 200)
  await t.throwsAsync(cut(slide, 0, 0, 64, 64), { code: 'SLIDE_TRUNCATED' })
})

test('missing, forbidden, a folder', async (t) => {
  const folder = await folderOf(t)
  await t.throwsAsync(openSlide(refTo(path.join(folder, 'no.svs'))), { code: 'SLIDE_MISSING' })
  await t.throwsAsync(openSlide(refTo(folder)), { code: 'SLIDE_UNSUPPORTED', message: /is a folder/ })
  const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' })
  t.like(fileError('a.svs', denied), { code: 'SLIDE_FORBIDDEN', message: 'a.svs may not be read: permission denied' })
  // root may read everything.
  if (process.getuid?.() === 0) return
  const locked = path.join(folder, 'locked')
  await mkdir(locked)
  await writeFile(path.join(locked, 'a.svs'), 'x')
  await chmod(locked, 0)
  await t.throwsAsync(openSlide(refTo(path.join(locked, 'a.svs'))), { code: 'SLIDE_FORBIDDEN' })
  await chmod(locked, 0o700)
})

sharedTest(
  'a real patch and a real tile',
  ['patches/kather100k/TUM-AEPINLNQ.png', 'tiles/histoprep-slide.jpeg'],
  async (t, patch, tile) => {
    const set = await openAt(t, 'patches', 'set', {}, { images: [{ uri: patch! }, { uri: patch! }] })
    const request = { region: { x: 0, y: 224, width: 224, height: 224 }, width: 224, height: 224 }
    t.true((await sharp(patch!).removeAlpha().raw().toBuffer()).equals(await readOne(set, request)))
    const slide = await openAt(t, tile!, 'tile')
    t.deepEqual([slide.info.width, slide.info.height], [2500, 2500])
    t.true(
      (await sharp(tile!).extract({ left: 100, top: 200, width: 50, height: 40 }).raw().toBuffer()).equals(
        await cut(slide, 100, 200, 50, 40),
      ),
    )
  },
)

// libvips keeps the words of all threads in one place: of two that fail at once each may have those of the other, or none.
test('what is said of a damaged picture is the same whatever else is read beside it', async (t) => {
  const whole = await picture(64, 64).png().toBuffer()
  const webp = await picture(64, 64).webp({ lossless: true }).toBuffer()
  for (const damaged of [whole.subarray(0, -400), webp.subarray(0, -400), whole.subarray(0, 20)])
    await t.throwsAsync(decodePicture(damaged, 'drop', 64 * 64), {
      message: /^the picture is damaged or too large(?: \(it has corrupt header\))?$/,
    })
})
