/** What the three components of a JPEG tile are, where its names, its markers and the TIFF's tag disagree. The pixels are libvips' (sharp). */

import test from 'ava'
import sharp from 'sharp'
import { cut, openBytes, same } from './open-buffer.js'
import { buildTiff, pixels } from './tiff-builder.js'

const JFIF = [0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]
const adobe = (transform: number) => [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform]

interface Marks {
  readonly names?: 'RGB' | 'rgb'
  readonly adobe?: number
  readonly jfif?: boolean
  readonly halved?: boolean
}

/** sharp writes neither marker, and names its components 1, 2, 3. */
async function jpeg({ names, adobe: transform, jfif = false, halved = false }: Marks): Promise<Buffer> {
  const image = sharp(pixels(0, 0, 16, 16), { raw: { width: 16, height: 16, channels: 3 } })
  const plain = Buffer.from(await image.jpeg({ quality: 95, chromaSubsampling: halved ? '4:2:0' : '4:4:4' }).toBuffer())
  if (names !== undefined) {
    const frame = plain.indexOf(Buffer.from([0xff, 0xc0]))
    const scan = plain.indexOf(Buffer.from([0xff, 0xda]))
    for (let c = 0; c < 3; c++) {
      plain[frame + 10 + 3 * c] = names.charCodeAt(c)
      plain[scan + 5 + 2 * c] = names.charCodeAt(c)
    }
  }
  const markers = [...(jfif ? JFIF : []), ...(transform === undefined ? [] : adobe(transform))]
  return Buffer.concat([plain.subarray(0, 2), Buffer.from(markers), plain.subarray(2)])
}

/** The same numbers decoded by libvips, told by Adobe's marker what they are. */
const decodedAs = async (what: 'rgb' | 'ycbcr', marks: Marks = {}) =>
  sharp(await jpeg({ adobe: what === 'rgb' ? 0 : 1, halved: marks.halved === true }))
    .raw()
    .toBuffer()

const RGB = 2
const YCC = 6

const cases: readonly [why: string, marks: Marks, tag: number, right: 'rgb' | 'ycbcr'][] = [
  ['nothing but the tag: RGB (Aperio)', {}, RGB, 'rgb'],
  ['nothing but the tag: YCbCr (libtiff)', {}, YCC, 'ycbcr'],
  ['JFIF under a tag that says RGB (Bio-Formats)', { jfif: true }, RGB, 'ycbcr'],
  ['JFIF and the tag', { jfif: true }, YCC, 'ycbcr'],
  ['named R, G, B and tagged so, with JFIF: two of three', { names: 'RGB', jfif: true }, RGB, 'rgb'],
  ['named r, g, b', { names: 'rgb', jfif: true }, RGB, 'rgb'],
  ['named R, G, B under a tag that says YCbCr: the data knows better', { names: 'RGB' }, YCC, 'rgb'],
  ['named R, G, B against JFIF and the tag (libjpeg, libtiff)', { names: 'RGB', jfif: true }, YCC, 'ycbcr'],
  ['Adobe 0 (libjpeg)', { adobe: 0 }, RGB, 'rgb'],
  ['Adobe 0 under a tag that says YCbCr', { adobe: 0 }, YCC, 'rgb'],
  ['Adobe 1 under a tag that says RGB', { adobe: 1 }, RGB, 'ycbcr'],
  ['Adobe 0 and the tag against JFIF (libtiff)', { adobe: 0, jfif: true }, RGB, 'rgb'],
  ['JFIF and the tag against Adobe 0 (libjpeg, libtiff)', { adobe: 0, jfif: true }, YCC, 'ycbcr'],
  ['Adobe 1 and JFIF against the tag (libjpeg)', { adobe: 1, jfif: true }, RGB, 'ycbcr'],
  ['names and the tag against Adobe 1', { names: 'RGB', adobe: 1 }, RGB, 'rgb'],
  ['Adobe 1 and the tag against the names', { names: 'RGB', adobe: 1 }, YCC, 'ycbcr'],
  ['names and Adobe 0 against JFIF and the tag: the names decide', { names: 'RGB', adobe: 0, jfif: true }, YCC, 'rgb'],
  ['colours of fewer samples under a tag that says RGB (libvips 8.18)', { halved: true }, RGB, 'ycbcr'],
  ['a transform of Adobe that nobody knows is YCbCr (libjpeg)', { adobe: 7 }, YCC, 'ycbcr'],
]

for (const [why, marks, tag, right] of cases) {
  test(`JPEG colours: ${why}`, async (t) => {
    const tags = { 256: [16], 257: [16], 258: [8, 8, 8], 259: [7], 262: [tag], 277: [3], 284: [1], 322: [16], 323: [16] }
    const file = buildTiff([{ tags, tiles: [await jpeg(marks)] }])
    same(t, await cut(await openBytes(t, file), 0, 0, 16, 16), await decodedAs(right, marks))
    // The fast decoder reads the same marks: its numbers are off by its transform, not by the colours.
    const fast = await cut(await openBytes(t, file), 0, 0, 16, 16, { decode: 'fast' })
    const wanted = await decodedAs(right, marks)
    t.true(fast.every((v, i) => Math.abs(v - wanted[i]!) <= 4))
  })
}

test('JPEG tiles are bytes in their own order, also where the page says that its bits are reversed', async (t) => {
  const tags = { 256: [16], 257: [16], 258: [8, 8, 8], 259: [7], 262: [RGB], 266: [2], 277: [3], 284: [1], 322: [16], 323: [16] }
  const slide = await openBytes(t, buildTiff([{ tags, tiles: [await jpeg({})] }]))
  same(t, await cut(slide, 0, 0, 16, 16), await decodedAs('rgb'))
})

test('a tile of one component is grey, also by the fast decoder', async (t) => {
  const grey = Uint8Array.from({ length: 256 }, (_, i) => i)
  const raw = { width: 16, height: 16, channels: 1 } as const
  const tile = await sharp(grey, { raw }).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer()
  const tags = { 256: [16], 257: [16], 258: [8, 8, 8], 259: [7], 262: [YCC], 277: [3], 284: [1], 322: [16], 323: [16] }
  const slide = await openBytes(t, buildTiff([{ tags, tiles: [tile] }]))
  for (const [decode, most] of [
    ['exact', 2],
    ['fast', 6],
  ] as const) {
    const shown = await cut(slide, 0, 0, 16, 16, { decode })
    t.true(
      shown.every((v, i) => Math.abs(v - grey[Math.floor(i / 3)]!) <= most),
      decode,
    )
  }
})

test('JPEGTables may be padded, and hold markers that mean nothing to the tiles', async (t) => {
  const whole = await jpeg({})
  const tables: number[] = [0xff, 0xd8, ...JFIF]
  const stream: Uint8Array[] = [whole.subarray(0, 2)]
  let at = 2
  while (whole[at + 1] !== 0xda) {
    const end = at + 2 + whole.readUInt16BE(at + 2)
    if (whole[at + 1] === 0xdb || whole[at + 1] === 0xc4) tables.push(...whole.subarray(at, end))
    else stream.push(whole.subarray(at, end))
    at = end
  }
  // A restart interval of 1, which the tiles do not have: a decoder forgets it at the start of each tile.
  tables.push(0xff, 0xdd, 0, 4, 0, 1)
  stream.push(whole.subarray(at))
  for (const end of [[0xff, 0xd9], [0xff, 0xd9, 0], [0xff, 0xd9, 0, 0, 0xff], [], [0, 0]]) {
    const tags = {
      ...{ 256: [16], 257: [16], 258: [8, 8, 8], 259: [7], 262: [RGB], 277: [3], 322: [16], 323: [16] },
      347: [...tables, ...end],
    }
    const slide = await openBytes(t, buildTiff([{ tags, tiles: [Buffer.concat(stream)] }]))
    same(t, await cut(slide, 0, 0, 16, 16), await decodedAs('rgb'), `after the tables: ${end}`)
  }
})

// tifffile and libvips read it; each of these decoders takes it for data that ends early.
test('a tile whose end is not marked is whole; one that is cut is an error, by a byte too', async (t) => {
  const tags = { 256: [16], 257: [16], 258: [8, 8, 8], 259: [7], 262: [YCC], 277: [3], 322: [16], 323: [16] }
  const read = async (tile: Uint8Array, decode: 'exact' | 'fast') =>
    cut(await openBytes(t, buildTiff([{ tags, tiles: [tile] }])), 0, 0, 16, 16, { decode })
  const whole = await jpeg({})
  const progressive = await sharp(pixels(0, 0, 16, 16), { raw: { width: 16, height: 16, channels: 3 } })
    .jpeg({ progressive: true })
    .toBuffer()
  for (const decode of ['exact', 'fast'] as const) {
    same(t, await read(whole.subarray(0, -2), decode), await read(whole, decode), decode)
    for (const missing of [3, 4, 10, 30])
      await t.throwsAsync(read(whole.subarray(0, -missing), decode), { code: 'TILE_UNDECODABLE' }, `${decode}: ${missing}`)
    // Of several scans, the last may be what is missing.
    await t.throwsAsync(read(progressive.subarray(0, -2), decode), { code: 'TILE_UNDECODABLE' })
  }
})

test('JPEG of a kind nobody here decodes is refused when the slide is opened', async (t) => {
  const four = await jpeg({})
  const frame = four.indexOf(Buffer.from([0xff, 0xc0]))
  const twelve = Buffer.from(four)
  twelve[frame + 4] = 12
  const lossless = Buffer.from(four)
  lossless[frame + 1] = 0xc3
  const cmyk = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'red' } })
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer()
  for (const [tile, message] of [
    [twelve, /12 bits a sample/],
    [lossless, /process c3/],
    [cmyk, /4 components/],
  ] as const) {
    const tags = { 256: [16], 257: [16], 258: [8, 8, 8], 259: [7], 262: [RGB], 277: [3], 322: [16], 323: [16] }
    await t.throwsAsync(openBytes(t, buildTiff([{ tags, tiles: [tile] }])), { code: 'SLIDE_UNSUPPORTED', message })
  }
})

test('four colour planes of grey JPEGs, the last of them alpha: laid on white', async (t) => {
  const plane = (value: number) =>
    sharp(Buffer.alloc(256, value), { raw: { width: 16, height: 16, channels: 1 } })
      .toColourspace('b-w')
      .jpeg({ quality: 100 })
      .toBuffer()
  const tags = { 256: [16], 257: [16], 258: [8, 8, 8, 8], 259: [7], 262: [2], 277: [4], 284: [2], 322: [16], 323: [16], 338: [2] }
  for (const [alpha, wanted] of [
    [255, [200, 100, 50]],
    [0, [255, 255, 255]],
  ] as const) {
    const tiles = await Promise.all([200, 100, 50, alpha].map(plane))
    t.deepEqual([...(await cut(await openBytes(t, buildTiff([{ tags, tiles }])), 3, 3, 1, 1))], [...wanted])
  }
})
