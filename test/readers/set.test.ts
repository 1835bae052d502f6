/** Pictures of a set as NumPy arrays, and brought to one size. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import type { SetImage, SlideRef } from '../../src/core/slide.js'
import { noSuchHosts } from '../support/no-such-host.js'
import { folderOf, openAt, same } from './open-buffer.js'
import { buildTiff, pixels, rgbPage } from './tiff-builder.js'

function npy(shape: readonly number[], values: Uint8Array, { descr = '|u1', fortran = false } = {}): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}), }\n`
  return Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]), Buffer.from(header), values])
}

async function setOf(t: ExecutionContext, files: Readonly<Record<string, Uint8Array>>, more: Partial<SlideRef> = {}) {
  const folder = await folderOf(t)
  const images: SetImage[] = []
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(path.join(folder, name), bytes)
    images.push({ uri: path.join(folder, name) })
  }
  return openAt(t, folder, 'set', {}, { images, ...more })
}

/** Picture i of a set of pictures of one size, or its error. */
async function read(slide: Awaited<ReturnType<typeof setOf>>, i: number, width: number, height: number) {
  const out = new Uint8Array(width * height * 3)
  const [error] = await slide.read([{ region: { x: 0, y: i * height, width, height }, width, height }], [out])
  return error ?? out
}

/** Value of channel c of pixel (x, y): 5 columns, 3 rows. */
const value = (x: number, y: number, c: number) => 100 * c + 10 * y + x
const wanted = Uint8Array.from({ length: 45 }, (_, i) => value(Math.floor(i / 3) % 5, Math.floor(i / 15), i % 3))

/** The values in the order of memory: the last axis fastest, or (`fortran`) the first. */
function arranged(axes: string, fortran: boolean, channels = 3): Uint8Array {
  const lengths: Record<string, number> = { x: 5, y: 3, c: channels, 1: 1 }
  const order = fortran ? [...axes] : [...axes].reverse()
  const total = order.reduce((n, axis) => n * lengths[axis]!, 1)
  return Uint8Array.from({ length: total }, (_, i) => {
    const at: Record<string, number> = { x: 0, y: 0, c: 0 }
    let rest = i
    for (const axis of order) {
      at[axis] = rest % lengths[axis]!
      rest = Math.floor(rest / lengths[axis]!)
    }
    return at.c === 3 ? 7 : value(at.x!, at.y!, at.c!)
  })
}

for (const [axes, shape] of [
  ['yxc', [3, 5, 3]],
  ['1yxc', [1, 3, 5, 3]],
  ['cyx', [3, 3, 5]],
] as const) {
  for (const fortran of [false, true]) {
    test(`an array of ${shape.join(' x ')}${fortran ? " in Fortran's order" : ''} is a picture`, async (t) => {
      const slide = await setOf(t, { 'a.npy': npy(shape, arranged(axes, fortran), { fortran }) })
      t.deepEqual([slide.info.width, slide.info.height, slide.info.compression], [5, 3, 'npy'])
      t.deepEqual(await read(slide, 0, 5, 3), wanted)
    })
  }
}

test('a server that does not answer ends the reading of its set: neither is its picture at fault, nor has the next one the size of all', async (t) => {
  noSuchHosts(t)
  const identity = { bytes: 0, modified: 0, head: '' }
  const folder = await folderOf(t)
  const [here, far] = [{ uri: path.join(folder, 'a.npy') }, { uri: 'http://no-such-host.invalid/b.npy' }]
  await writeFile(here.uri, npy([3, 5, 3], arranged('yxc', false)))
  const slide = await openAt(t, folder, 'set', { identity }, { images: [here, far] })
  same(t, (await read(slide, 0, 5, 3)) as Uint8Array, wanted)
  await t.throwsAsync(read(slide, 1, 5, 3), { code: 'SLIDE_UNREACHABLE' })
  await t.throwsAsync(openAt(t, folder, 'set', { identity }, { images: [far, here] }), { code: 'SLIDE_UNREACHABLE' })
})

test('grey is grey, and a fourth channel is dropped, as from a PNG', async (t) => {
  const grey = Uint8Array.from({ length: 15 }, (_, i) => i * 17)
  const slide = await setOf(t, {
    'a.npy': npy([3, 5], grey),
    'b.npy': npy([3, 5, 4], arranged('yxc', false, 4)),
    'c.npy': npy([1, 3, 5], grey),
  })
  for (const i of [0, 2])
    t.deepEqual(
      await read(slide, i, 5, 3),
      Uint8Array.from({ length: 45 }, (_, k) => Math.floor(k / 3) * 17),
    )
  t.deepEqual(await read(slide, 1, 5, 3), wanted)
})

test('arrays that are no pictures are errors of their own', async (t) => {
  const slide = await setOf(t, {
    'fine.npy': npy([3, 5, 3], wanted),
    'float.npy': npy([3, 5, 3], new Uint8Array(180), { descr: '<f4' }),
    'stack.npy': npy([2, 3, 5, 3], new Uint8Array(90)),
    'short.npy': npy([3, 5, 3], new Uint8Array(44)),
    'channels.npy': npy([7, 4, 5], new Uint8Array(140)),
  })
  t.deepEqual(await read(slide, 0, 5, 3), wanted)
  const said = [/'<f4' is no picture: uint8/, /2 x 3 x 5 x 3 is no picture/, /too few/, /7 x 4 x 5 is no picture/]
  for (const [i, message] of said.entries()) {
    const error = (await read(slide, i + 1, 5, 3)) as { code?: string; message?: string }
    t.is(error.code, 'TILE_UNDECODABLE')
    t.regex(error.message!, message)
  }
})

test('pictures of which nobody knows what they show are errors of their own: frames, pages, channels, 12 bits in 16', async (t) => {
  const grey = (width: number, height: number, value: number) =>
    sharp({ create: { width, height, channels: 3, background: { r: value, g: value, b: value } } })
  const plain = await grey(5, 3, 90).png().toBuffer()
  const frames = await sharp([plain, await grey(5, 3, 9).png().toBuffer()], { join: { animated: true } })
    .webp()
    .toBuffer()
  const sixteen = (value: number) =>
    sharp(
      Uint16Array.from({ length: 45 }, () => value),
      { raw: { width: 5, height: 3, channels: 3 } },
    )
      .toColourspace('rgb16')
      .png()
      .toBuffer()
  const page = (width: number, samples = 3) => ({
    tags: {
      ...{ 256: [width], 257: [3], 258: Array(samples).fill(8), 259: [1], 262: [2], 277: [samples], 278: [3] },
      ...(samples > 3 ? { 338: Array(samples - 3).fill(0) } : {}),
    },
    tiles: [new Uint8Array(width * 3 * samples).fill(90)],
  })
  const slide = await setOf(t, {
    'fine.png': plain,
    'frames.webp': frames,
    'pages.tif': buildTiff([page(5), page(5)]),
    'small.tif': buildTiff([page(5), page(2)]),
    'five.tif': buildTiff([page(5, 5)]),
    'dark.png': await sixteen(4000),
    'bright.png': await sixteen(90 * 257),
  })
  const said = [null, /animated: it has 2 frames/, /2 pages, and page 2 is as large/, null, /5 channels/, /no sample above 4000/, null]
  for (const [i, message] of said.entries()) {
    const got = (await read(slide, i, 5, 3)) as Uint8Array & { code?: string; message?: string }
    if (message === null) t.deepEqual([got[0], got.length], [90, 45], String(i))
    else {
      t.is(got.code, 'TILE_UNDECODABLE')
      t.regex(got.message!, message)
    }
  }
})

test('pictures of several sizes are brought to one: shrunk by area, by arithmetic', async (t) => {
  // 4 x 2 becomes 2 x 1: the mean of four, halves up. 2 x 1 stays; 6 x 3 has means of nine.
  const four = Uint8Array.from({ length: 24 }, (_, i) => Math.floor(i / 3) * 10)
  const nine = Uint8Array.from({ length: 54 }, (_, i) => (Math.floor(i / 3) % 6 < 3 ? 90 : Math.floor(i / 18) * 30))
  const same2 = Uint8Array.of(1, 2, 3, 4, 5, 6)
  const raw = (data: Uint8Array, width: number, height: number) =>
    sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer()
  const slide = await setOf(
    t,
    { 'a.png': await raw(four, 4, 2), 'b.npy': npy([1, 2, 3], same2), 'c.png': await raw(nine, 6, 3) },
    { resize: { width: 2, height: 1 } },
  )
  t.deepEqual([slide.info.width, slide.info.height], [2, 3])
  // (0 + 10 + 40 + 50) / 4 and (20 + 30 + 60 + 70) / 4
  t.deepEqual(await read(slide, 0, 2, 1), Uint8Array.of(25, 25, 25, 45, 45, 45))
  t.deepEqual(await read(slide, 1, 2, 1), same2)
  t.deepEqual(await read(slide, 2, 2, 1), Uint8Array.of(90, 90, 90, 30, 30, 30))
})

test('enlarging one colour keeps it, and a picture that cannot be read stays an error', async (t) => {
  const plain = await sharp({ create: { width: 3, height: 5, channels: 3, background: { r: 9, g: 80, b: 200 } } })
    .png()
    .toBuffer()
  const slide = await setOf(
    t,
    { 'a.png': plain, 'b.png': plain.subarray(0, 60), 'c.txt': Buffer.from('no picture') },
    { resize: { width: 8, height: 8 } },
  )
  const out = (await read(slide, 0, 8, 8)) as Uint8Array
  same(
    t,
    out,
    Uint8Array.from({ length: 192 }, (_, i) => [9, 80, 200][i % 3]!),
  )
  t.like(await read(slide, 1, 8, 8), { code: 'TILE_UNDECODABLE' })
  t.like(await read(slide, 2, 8, 8), { code: 'SLIDE_UNSUPPORTED' })
})

// libvips gives the numbers as they are (Pillow and OpenCV convert them): a tissue in green and purple, without a word.
test('a TIFF in YCbCr that is no JPEG is an error of its picture, one in RGB is read', async (t) => {
  const tiff = (photometric: number) => buildTiff([rgbPage({ width: 16, height: 16, extra: { 262: [photometric], 530: [1, 1] } })])
  const slide = await setOf(t, { 'a.tif': tiff(2), 'b.tif': tiff(6) })
  same(t, (await read(slide, 0, 16, 16)) as Uint8Array, pixels(0, 0, 16, 16))
  const error = await read(slide, 1, 16, 16)
  t.regex(String(error), /b\.tif has YCbCr colours, and is no JPEG/)
})

test('the preview of a raw picture, which is its larger SubIFD, is an error of its picture', async (t) => {
  const plain = rgbPage({ width: 16, height: 16 })
  const raw = buildTiff([{ ...plain, subs: [rgbPage({ width: 64, height: 48 })] }])
  const pyramid = buildTiff([{ ...plain, subs: [rgbPage({ width: 8, height: 8 })] }])
  const slide = await setOf(t, { 'a.tif': pyramid, 'b.tif': raw })
  same(t, (await read(slide, 0, 16, 16)) as Uint8Array, pixels(0, 0, 16, 16))
  t.regex(String(await read(slide, 1, 16, 16)), /SubIFD of 64 x 48 pixels that is larger/)
})

test('a later page that is broken takes no check from the first', async (t) => {
  const ycc = buildTiff([
    rgbPage({ width: 16, height: 16, extra: { 262: [6], 530: [1, 1] } }),
    rgbPage({ width: 16, height: 16, extra: { 256: [0] } }),
  ])
  const raw = buildTiff([
    {
      ...rgbPage({ width: 16, height: 16 }),
      subs: [rgbPage({ width: 16, height: 16, extra: { 257: [0] } }), rgbPage({ width: 64, height: 48 })],
    },
    rgbPage({ width: 16, height: 16, extra: { 256: [0] } }),
  ])
  const slide = await setOf(t, { 'a.tif': buildTiff([rgbPage({ width: 16, height: 16 })]), 'b.tif': ycc, 'c.tif': raw })
  t.regex(String(await read(slide, 1, 16, 16)), /b\.tif has YCbCr colours, and is no JPEG/)
  t.regex(String(await read(slide, 2, 16, 16)), /SubIFD of 64 x 48 pixels that is larger/)
})
