/** TIFFs as pictures of a set: read by our own reader where it can, and never as another picture. Expected by arithmetic; of 16 bits the upper 8. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { codestream } from './jpeg2000-tiles.js'
import { folderOf, openAt, readOne, same } from './open-buffer.js'
import { buildTiff, type PageSpec, pixels, rgbPage } from './tiff-builder.js'

const [width, height] = [32, 24]
const base = (extra = {}, pack?: (bytes: Uint8Array) => Uint8Array) => rgbPage({ width, height, extra }, pack)
const wanted = pixels(0, 0, width, height)

/** Each picture of a set of TIFFs, or its error. */
async function readAll(t: ExecutionContext, files: readonly Uint8Array[]): Promise<(Uint8Array | Error)[]> {
  const folder = await folderOf(t)
  const images = files.map((_, i) => ({ uri: path.join(folder, `${i}.tif`) }))
  for (const [i, { uri }] of images.entries()) await writeFile(uri, files[i]!)
  const slide = await openAt(t, folder, 'set', {}, { images })
  const got: (Uint8Array | Error)[] = []
  for (const i of images.keys()) {
    const region = { x: 0, y: i * slide.info.levels[0]!.tile.height, width: slide.info.width, height: slide.info.levels[0]!.tile.height }
    got.push(await readOne(slide, { ...region, region }).catch((error: Error) => error))
  }
  return got
}

const deflated = (bytes: Uint8Array) => deflateSync(bytes)

/** libvips 8.18 makes black of such a tile, and says nothing. */
test('a damaged tile of a tiled TIFF is the error of its picture, also where libvips decodes it', async (t) => {
  let made = 0
  const damage = (pack: (bytes: Uint8Array) => Uint8Array) => (bytes: Uint8Array) =>
    made++ === 3 ? new Uint8Array(40).fill(0x80) : pack(bytes)
  const wide = (bytes: Uint8Array) => deflated(Uint8Array.from({ length: bytes.length * 2 }, (_, i) => bytes[i >> 1]!))
  const sixteen = { 258: [16, 16, 16], 259: [8] }
  const bytes = [
    buildTiff([base({ 259: [8] }, deflated)]),
    buildTiff([base(sixteen, wide)]),
    buildTiff([base({ 259: [8] }, damage(deflated))]),
  ]
  made = 0
  bytes.push(buildTiff([base(sixteen, damage(wide))]))
  const [eight, upper, ...damaged] = await readAll(t, bytes)
  same(t, eight as Uint8Array, wanted)
  same(t, upper as Uint8Array, wanted)
  for (const error of damaged) t.like(error, { code: 'TILE_UNDECODABLE' })
})

/** libvips reads neither; of JPEG 2000 in tiles it made black, too. */
test('JPEG 2000 and colour planes in tiles are read', async (t) => {
  const tile = { 256: [16], 257: [16], 258: [8, 8, 8], 262: [2], 277: [3], 322: [16], 323: [16] }
  const whole = pixels(0, 0, 16, 16)
  const planes = [0, 1, 2].map((c) => whole.filter((_, i) => i % 3 === c))
  for (const page of [
    { tags: { ...tile, 259: [34712], 284: [1] }, tiles: [codestream('rgb')] },
    { tags: { ...tile, 259: [1], 284: [2] }, tiles: planes },
  ] satisfies PageSpec[])
    same(t, (await readAll(t, [buildTiff([page])]))[0] as Uint8Array, whole)
})

test('a mask of one bit, as GDAL writes it behind a picture, takes nothing from it', async (t) => {
  const mask = {
    tags: { 254: [4], 256: [width], 257: [height], 258: [1], 259: [1], 262: [4], 277: [1], 278: [height] },
    tiles: [new Uint8Array(96)],
  }
  same(t, (await readAll(t, [buildTiff([base(), mask])]))[0] as Uint8Array, wanted)
})

/** libvips mixes the planes up. */
test('grey channels in planes of their own are no picture', async (t) => {
  const page = {
    tags: { 256: [8], 257: [8], 258: [8, 8, 8], 259: [1], 262: [1], 277: [3], 278: [8], 284: [2] },
    tiles: [1, 2, 3].map((v) => new Uint8Array(64).fill(v)),
  }
  const [, error] = await readAll(t, [buildTiff([rgbPage({ width: 8, height: 8, tile: 16 })]), buildTiff([page])])
  t.regex(String(error), /3 channels without colours, each in a plane of its own/)
})

test('a picture that lacks a tile was not written to its end', async (t) => {
  let made = 0
  const [, error] = await readAll(t, [
    buildTiff([base()]),
    buildTiff([base({ 259: [8] }, (b) => (made++ === 2 ? new Uint8Array() : deflated(b)))]),
  ])
  t.like(error, { code: 'TILE_UNDECODABLE' })
  t.regex(String(error), /its tile 2 of 4 has no bytes/)
})

/** 32 x 24 numbers, and behind them the colours: red rises with the number, green falls. */
function paletted(): Buffer {
  const entries = [
    [256, 3, 1, width],
    [257, 3, 1, height],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 3],
    [273, 4, 1, 134],
    [277, 3, 1, 1],
    [278, 3, 1, height],
    [279, 4, 1, 768],
    [320, 3, 768, 902],
  ] as const
  const bytes = Buffer.alloc(902 + 2 * 768)
  bytes.write('II*\0\b', 'latin1')
  bytes.writeUInt16LE(entries.length, 8)
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 10 + 12 * i)
    bytes.writeUInt16LE(type, 12 + 12 * i)
    bytes.writeUInt32LE(count, 14 + 12 * i)
    bytes.writeUInt32LE(value, 18 + 12 * i)
  }
  for (let i = 0; i < 768; i++) bytes[134 + i] = i % 256
  for (let i = 0; i < 256; i++) {
    bytes.writeUInt16LE(257 * i, 902 + 2 * i)
    bytes.writeUInt16LE(257 * (255 - i), 902 + 512 + 2 * i)
  }
  return bytes
}

test('a palette that is cut off is an error: libvips would take its numbers for grey', async (t) => {
  const [whole, short] = await readAll(t, [paletted(), paletted().subarray(0, -100)])
  same(
    t,
    whole as Uint8Array,
    Uint8Array.from({ length: 768 * 3 }, (_, i) => [Math.floor(i / 3) % 256, 255 - (Math.floor(i / 3) % 256), 0][i % 3]!),
  )
  t.like(short, { code: 'SLIDE_TRUNCATED' })
})

test('a fax in tiles is refused: nobody could tell a damaged tile', async (t) => {
  const fax = {
    tags: { 256: [width], 257: [height], 258: [1], 259: [4], 262: [0], 277: [1], 322: [32], 323: [32] },
    tiles: [new Uint8Array(8)],
  }
  t.regex(String((await readAll(t, [buildTiff([base()]), buildTiff([fax])]))[1]), /CCITT fax 4\), in tiles .* save it as 8-bit RGB/)
})

/** libvips cuts inks of 16 bits off at 255, which is black, where it is asked for bytes. */
test('CMYK of 16 bits is the picture that its upper 8 bits are', async (t) => {
  const tile = { 256: [16], 257: [16], 259: [1], 262: [5], 277: [4], 284: [1], 322: [16], 323: [16] }
  const inks = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => i * 7)
  const wide = Uint8Array.from({ length: inks.length * 2 }, (_, i) => (i % 2 === 0 ? 200 : inks[i >> 1]!))
  const [eight, sixteen] = await readAll(t, [
    buildTiff([{ tags: { ...tile, 258: [8, 8, 8, 8] }, tiles: [inks] }]),
    buildTiff([{ tags: { ...tile, 258: [16, 16, 16, 16] }, tiles: [wide] }]),
  ])
  same(t, sixteen as Uint8Array, eight as Uint8Array)
  const [c, light] = [inks[4]!, 255 - inks[7]!]
  t.is((sixteen as Uint8Array)[3], light - ((c * light) >> 8))
})

/** libvips says of 8 bits that the header is corrupt, and of 16 that they are 'short'. */
test('Lab colours are refused by name', async (t) => {
  const wide = (bytes: Uint8Array) => Uint8Array.from({ length: bytes.length * 2 }, (_, i) => bytes[i >> 1]!)
  const files = [base({ 262: [8] }), base({ 258: [16, 16, 16], 262: [9] }, wide)]
  const [, eight, sixteen] = await readAll(t, [buildTiff([base()]), ...files.map((page) => buildTiff([page]))])
  t.regex(String(eight), /1\.tif has CIE Lab colours/)
  t.regex(String(sixteen), /2\.tif has ICC Lab colours/)
})
