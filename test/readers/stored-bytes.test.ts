/** Plain pictures give the numbers that are stored, as OpenCV and Pillow do: no colour profile, no gamma, no alpha moves them. */

import { crc32, deflateSync } from 'node:zlib'
import test from 'ava'
import sharp from 'sharp'
import { cut, fileOf, openAt, openBytes, same } from './open-buffer.js'
import { buildTiff, pixels } from './tiff-builder.js'

const [width, height] = [64, 48]
const wanted = pixels(0, 0, width, height)
const raw = { raw: { width, height, channels: 3 } } as const

/** libvips' profile of a wide colour space: converted by it, the pixels would be others. */
const profile = async () => {
  const image = await sharp(wanted, raw).withIccProfile('p3').png().toBuffer()
  return (await sharp(image).metadata()).icc!
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data])
  const out = Buffer.alloc(8 + body.length)
  out.writeUInt32BE(data.length)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), 4 + body.length)
  return out
}

/** A PNG of rows as they are given, with chunks before its pixels. */
function png(colour: number, bits: number, rows: Uint8Array, chunks: readonly Buffer[] = []): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width)
  head.writeUInt32BE(height, 4)
  head[8] = bits
  head[9] = colour
  const stride = rows.length / height
  const lines = Buffer.alloc((stride + 1) * height)
  for (let y = 0; y < height; y++) lines.set(rows.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
  return Buffer.concat([signature, chunk('IHDR', head), ...chunks, chunk('IDAT', deflateSync(lines)), chunk('IEND', new Uint8Array())])
}

const iccp = async () => chunk('iCCP', Buffer.concat([Buffer.from('p\0\0'), deflateSync(await profile())]))
const gamma = Buffer.alloc(4)
gamma.writeUInt32BE(100_000)
const sixteen = Buffer.alloc(wanted.length * 2)
// The lower byte is the opposite of noise: OpenCV drops it, rounding would not.
wanted.forEach((v, i) => {
  sixteen.writeUInt16BE(v * 256 + 255, i * 2)
})
const withAlpha = Buffer.alloc(width * height * 4)
for (let i = 0; i < width * height; i++) withAlpha.set([...wanted.subarray(i * 3, i * 3 + 3), i & 255], i * 4)

const pictures: readonly [what: string, bytes: () => Promise<Buffer> | Buffer, name: string][] = [
  ['PNG with a profile', async () => png(2, 8, wanted, [await iccp()]), 'a.png'],
  ['PNG of gamma 1', () => png(2, 8, wanted, [chunk('gAMA', gamma)]), 'a.png'],
  ['PNG of 16 bits with a profile', async () => png(2, 16, sixteen, [await iccp()]), 'a.png'],
  ['PNG of 16 bits and gamma 1', () => png(2, 16, sixteen, [chunk('gAMA', gamma)]), 'a.png'],
  ['PNG with alpha and a profile', async () => png(6, 8, withAlpha, [await iccp()]), 'a.png'],
  [
    'WebP with a profile',
    async () => {
      // RIFF size "WEBP" VP8X (its flag 0x20: a profile follows; width − 1, height − 1 in 24 bits) ICCP … VP8L …
      const plain = await sharp(wanted, raw).webp({ lossless: true }).toBuffer()
      const icc = await profile()
      const size = (n: number) => Buffer.from([n & 255, (n >> 8) & 255, (n >> 16) & 255, 0])
      const head = Buffer.from([0x20, 0, 0, 0, width - 1, 0, 0, height - 1, 0, 0])
      const chunks = [Buffer.from('WEBPVP8X'), size(10), head, Buffer.from('ICCP'), size(icc.length), icc, Buffer.alloc(icc.length & 1)]
      const body = Buffer.concat([...chunks, plain.subarray(12)])
      return Buffer.concat([Buffer.from('RIFF'), size(body.length), body])
    },
    'a.webp',
  ],
]

for (const [what, bytes, name] of pictures) {
  test(`stored bytes: ${what}`, async (t) => {
    const file = await fileOf(t, await bytes(), name)
    same(t, await cut(await openAt(t, file, 'tile'), 0, 0, width, height), wanted)
    const set = await openAt(t, 'x', 'set', {}, { images: [{ uri: file }] })
    same(t, await cut(set, 0, 0, width, height), wanted, 'as a patch of a set')
  })
}

test('stored bytes: JPEG with a profile, and a WebP tile with one', async (t) => {
  const image = sharp(wanted, raw).jpeg({ quality: 95 })
  const plain = Buffer.from(await image.toBuffer())
  const icc = await profile()
  const head = Buffer.from([0xff, 0xe2, (icc.length + 16) >> 8, (icc.length + 16) & 255])
  const segment = Buffer.concat([head, Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), icc])
  const marked = Buffer.concat([plain.subarray(0, 2), segment, plain.subarray(2)])
  t.truthy((await sharp(marked).metadata()).icc)
  const decoded = await sharp(plain).raw().toBuffer()
  same(t, await cut(await openAt(t, await fileOf(t, marked, 'a.jpg'), 'tile'), 0, 0, width, height), decoded)
  const webp = await pictures.at(-1)![1]()
  const tags = { 256: [width], 257: [height], 258: [8, 8, 8], 259: [50001], 262: [2], 277: [3], 322: [width], 323: [height] }
  same(t, await cut(await openBytes(t, buildTiff([{ tags, tiles: [webp] }])), 0, 0, width, height), wanted)
})

test('CMYK becomes RGB as OpenCV makes it', async (t) => {
  // By Pillow 13.0.0: five blocks of 8 x 8 of the inks (0, 0, 0, 0), (255, 0, 0, 0), (0, 128, 64, 0), (40, 80, 120, 60) and (0, 0, 0, 255).
  const jpeg = Buffer.from(
    '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgACAAo' +
      'BEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEV' +
      'UtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrC' +
      'w8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD+/iv7+K/v4r+/iv8AAHooor/f4r/P/r+f+ivy/r9gK/D+vwfr9QK/qAr+' +
      '8Cv8eev/2Q==',
    'base64',
  )
  const slide = await openAt(t, await fileOf(t, jpeg, 'a.jpg'), 'tile')
  const got = await Promise.all([0, 1, 2, 3, 4].map(async (i) => [...(await cut(slide, i * 8 + 4, 4, 1, 1))]))
  // imread of OpenCV 5.0.0; Pillow says the same to a grey level.
  t.deepEqual(got, [
    [255, 255, 255],
    [1, 255, 255],
    [255, 128, 192],
    [165, 135, 104],
    [0, 0, 0],
  ])
})

test('floating-point patches are an error: 0 to 1 would be black, or white, without a word', async (t) => {
  const floats = Buffer.alloc(16 * 16 * 4)
  for (let i = 0; i < 256; i++) floats.writeFloatLE(i / 255, i * 4)
  const tags = { 256: [16], 257: [16], 258: [32], 259: [1], 262: [1], 277: [1], 278: [16], 339: [3] }
  const uri = await fileOf(t, buildTiff([{ tags, tiles: [floats] }]))
  const set = await openAt(t, 'x', 'set', {}, { images: [{ uri }] })
  await t.throwsAsync(cut(set, 0, 0, 16, 16), { code: 'TILE_UNDECODABLE', message: /samples of type float/ })
})
