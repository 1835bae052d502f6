/** Zeiss CZI: a made slide against what is painted of its pictures, whatever is wrong with it, and real ones. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type CziBlock, type CziOptions, cziBlocks, cziSlide, jpegXr, painted, pixels, raw, zstdFrame } from '../../fixtures/czi.js'
import { packageRoot } from '../../src/core/package-root.js'
import { sharedTest } from '../shared-data.js'
import { cut, fileOf, openAt, readOwnLevel, same } from './open-buffer.js'

const blocks = await cziBlocks()
const opened = async (t: ExecutionContext, options: CziOptions = {}) => openAt(t, await fileOf(t, await cziSlide(options), 'a.czi'))
const changed = (index: number, change: Partial<CziBlock>) => blocks.map((block, i) => (i === index ? { ...block, ...change } : block))

test('a made slide: sizes, resolution, pictures beside it, and every pixel', async (t) => {
  const slide = await opened(t)
  const { info } = slide
  t.deepEqual([info.vendor, info.power, info.powerSource], ['zeiss', 20, 'CZI NominalMagnification'])
  t.deepEqual([info.mpp, info.mppSource], [{ x: 0.5, y: 0.25 }, 'CZI Scaling'])
  t.deepEqual(
    info.levels.map(({ width, height, downsample }) => [width, height, downsample.x]),
    [
      [70, 22, 1],
      [35, 11, 2],
    ],
  )
  t.deepEqual([info.associated, info.warnings], [['label', 'thumbnail'], [twice]])
  same(t, await readOwnLevel(slide, 0), painted(blocks, 1).data, 'level 0')
  same(t, await readOwnLevel(slide, 1), painted(blocks, 2).data, 'level 1')
  same(t, (await slide.associated('label')).data, pixels(5).data, 'the label')
  t.is((await slide.associated('thumbnail')).width, 20)
})

test('of a slide that says one side of its pixels they are square, with a warning: the power may be that of another camera', async (t) => {
  const bytes = Buffer.from(await cziSlide())
  bytes.write('Id="Q"', bytes.indexOf('Id="Y"'))
  const { info } = await openAt(t, await fileOf(t, bytes, 'a.czi'))
  t.deepEqual([info.mpp, info.mppSource], [{ x: 0.5, y: 0.5 }, 'CZI Scaling'])
  t.regex(info.warnings.join(), /only the width of a pixel is said, or understood: it is taken for square/)
})

test('tiles of JPEG XR take room in the cache, as all do', async (t) => {
  const block = { shown: pixels(0), stored: jpegXr, compression: 4, y: 0 }
  const file = await fileOf(
    t,
    await cziSlide({
      blocks: [
        { ...block, x: 0 },
        { ...block, x: 40 },
      ],
    }),
    'a.czi',
  )
  const slide = await openAt(t, file, 'slide', { cacheBytes: 1 })
  for (const x of [0, 40, 0]) await cut(slide, x, 0, 8, 8)
  t.is(slide.counts().tilesDecoded, 3)
})

test('the file that lies here is the one that the generator makes', async (t) => {
  const slide = await openAt(t, path.join(packageRoot, 'fixtures/scanners/tiny.czi'))
  same(t, await readOwnLevel(slide, 1), painted(blocks, 2).data)
  const [here, made] = [readFileSync(path.join(packageRoot, 'fixtures/scanners/tiny.czi')), await cziSlide()]
  // Before the first JPEG, which differs between versions of its encoder.
  t.true(here.subarray(544, 2000).equals(made.subarray(544, 2000)))
})

/** The made slide's pixels are twice as wide as high. */
const twice = 'a pixel of 0.5 x 0.25 µm (CZI Scaling) is not square, as those of scanners are: is one side wrong?'

test('what has the higher rank lies on top, wherever it stands in the file', async (t) => {
  const turned = blocks.map((block) => ({ ...block, order: 10 - (block.order ?? 0) }))
  const slide = await opened(t, { blocks: turned })
  same(t, await readOwnLevel(slide, 0), painted(turned, 1).data)
})

test('of scenes that lie over each other the later one is on top, whatever the ranks, which each counts anew', async (t) => {
  const [first, later] = [pixels(0), pixels(30)]
  const slide = await opened(t, {
    blocks: [
      { x: 0, y: 0, ...raw(later), scene: 1, order: 0 },
      { x: 12, y: 5, ...raw(first), scene: 0, order: 7 },
    ],
  })
  same(t, await cut(slide, 0, 0, 20, 12), later.data)
})

test('levels that not every scene has are none', async (t) => {
  const slide = await opened(t, { blocks: blocks.slice(0, -1) })
  t.is(slide.info.levels.length, 1)
})

test('a level that shows only a part of the slide is left out, with a warning', async (t) => {
  const slide = await opened(t, { blocks: changed(5, raw(pixels(50, { width: 12, height: 11 }))) })
  t.deepEqual(
    [slide.info.levels.length, slide.info.warnings],
    [1, ['its pictures of 1/2 are left out: they show only a part of it', twice]],
  )
  same(t, await readOwnLevel(slide, 0), painted(blocks, 1).data)
})

test('pictures that are smaller by no whole number are left out, and never taken for full resolution', async (t) => {
  const odd: CziBlock = { x: -100, y: -7, ...raw(pixels(80)), shows: { width: 24, height: 14 }, order: 9 }
  const flat: CziBlock = { x: -100, y: -7, ...raw(pixels(80)), shows: { width: 80, height: 24 } }
  const slide = await opened(t, { blocks: [...blocks, odd, flat] })
  t.deepEqual(slide.info.warnings, ['2 of its pictures are left out: they are smaller by no whole number', twice])
  t.is(slide.info.levels.length, 2)
  same(t, await readOwnLevel(slide, 0), painted(blocks, 1).data)
})

test('a picture that is cut off at an edge is of the level that its longer side says', async (t) => {
  // Of 37 columns 36 lie in one picture of half the size, and the last one, alone, in another.
  const left: CziBlock = { x: -100, y: -7, ...raw(pixels(50, { width: 18, height: 11 })), factor: 2 }
  const edge: CziBlock = { x: -64, y: -7, ...raw(pixels(90, { width: 1, height: 11 })), shows: { width: 1, height: 22 } }
  const cutOff = [...blocks.slice(0, 5), left, edge, blocks[6]!]
  const slide = await opened(t, { blocks: cutOff })
  t.deepEqual([slide.info.levels.length, slide.info.warnings], [2, [twice]])
  same(t, await readOwnLevel(slide, 0), painted(blocks, 1).data, 'level 0')
  same(t, await readOwnLevel(slide, 1), painted([...cutOff.slice(0, 6), { ...edge, factor: 2 }, blocks[6]!], 2).data, 'level 1')
})

test('metadata of a sub-block that is longer than was thought: its data is read anyway', async (t) => {
  const file = await cziSlide({ blocks: [{ x: 0, y: 0, ...raw(pixels(3)) }] })
  // The data begins later than the head of the range: 40,000 bytes of metadata more.
  const at = file.indexOf('ZISRAWSUBBLOCK')
  const more = 40_000
  const longer = Buffer.concat([file.subarray(0, at + 32 + 256), Buffer.alloc(more, 32), file.subarray(at + 32 + 256)])
  longer.writeInt32LE(longer.readInt32LE(at + 32) + more, at + 32)
  for (const place of [84, 92, 104]) longer.writeBigInt64LE(longer.readBigInt64LE(place) + BigInt(more), place)
  for (let i = longer.indexOf('A1\0\0\0\0'); i >= 0; i = longer.indexOf('A1\0\0\0\0', i + 1))
    longer.writeBigInt64LE(longer.readBigInt64LE(i + 12) + BigInt(more), i + 12)
  const slide = await openAt(t, await fileOf(t, longer, 'a.czi'))
  same(t, await readOwnLevel(slide, 0), pixels(3).data)
  same(t, (await slide.associated('label')).data, pixels(5).data, 'the label')
})

/** Its length is in the tag BCC1. */
function withZeros(count: number): Buffer {
  const stored = Buffer.concat([jpegXr, Buffer.alloc(count)])
  const length = stored.indexOf(Buffer.of(0xc1, 0xbc)) + 8
  stored.writeUInt32LE(stored.readUInt32LE(length) + count, length)
  return stored
}

test('JPEG XR that ends in 690 zeros, as a block of one colour behind noise does, is read', async (t) => {
  const [wanted, zeros] = await Promise.all(
    [jpegXr, withZeros(690)].map(async (stored) => readOwnLevel(await opened(t, { blocks: changed(0, { stored }) }), 0)),
  )
  same(t, zeros!, wanted!)
})

const damaged: Readonly<Record<string, readonly [index: number, change: Partial<CziBlock>, message: RegExp]>> = {
  'JPEG XR cut in half': [0, { stored: jpegXr.subarray(0, 400) }, /JPEG XR data ends early: 662 bytes are needed/],
  'JPEG XR whose rest is zeros': [0, { stored: withZeros(1024) }, /JPEG XR data ends in zeros/],
  'no JPEG XR': [0, { stored: Buffer.alloc(700) }, /no JPEG XR/],
  'JPEG XR of another size': [0, { shown: pixels(0, { width: 20, height: 11 }) }, /its place has 20 x 11/],
  'zstd cut in half': [1, { stored: zstdFrame(pixels(1).data).subarray(0, 300) }, /zstd data is damaged/],
  'raw data that ends early': [2, { stored: pixels(1).data.subarray(0, 300) }, /300 bytes for 20 x 12 pixels/],
  'a JPEG of another size': [3, { shown: pixels(0, { width: 19, height: 12 }) }, /the JPEG data is 20 x 12/],
  'zstd with an unknown head': [4, { stored: Buffer.of(2, 1, 0) }, /unknown head/],
  'zstd with parted bytes': [4, { stored: Buffer.concat([Buffer.of(3, 1, 1), zstdFrame(pixels(1).data)]) }, /bytes parted/],
}
for (const [name, [index, change, message]] of Object.entries(damaged)) {
  test(`unreadable, and the rest is read: ${name}`, async (t) => {
    const slide = await opened(t, { blocks: changed(index, change) })
    const { x, y, shown } = changed(index, change)[index]!
    const error = await t.throwsAsync(cut(slide, x + 100, y + 7, shown.width, shown.height), { code: 'TILE_UNDECODABLE' })
    t.regex(error!.message, message)
    t.regex(error!.message, new RegExp(`the sub-block at ${x}, ${y} of level 0`))
    const other = index === 4 ? blocks[1]! : blocks[4]!
    t.is((await cut(slide, other.x + 100 + 6, other.y + 7, 4, 4)).length, 48)
  })
}

const refused: Readonly<Record<string, readonly [options: CziOptions, code: string, message: RegExp]>> = {
  'grey of 16 bits': [{ blocks: changed(2, { pixelType: 1 }) }, 'SLIDE_UNSUPPORTED', /with grey of 16 bits, not colours of 8 bits/],
  'colours of 16 bits': [{ blocks: changed(2, { pixelType: 4 }) }, 'SLIDE_UNSUPPORTED', /colours of 16 bits/],
  LZW: [{ blocks: changed(2, { compression: 2 }) }, 'SLIDE_UNSUPPORTED', /LZW data/],
  'another compression': [{ blocks: changed(2, { compression: 117 }) }, 'SLIDE_UNSUPPORTED', /data of compression 117/],
  channels: [{ blocks: changed(2, { more: { C: [1, 1] } }) }, 'SLIDE_UNSUPPORTED', /2 channels/],
  'focal planes': [{ blocks: changed(2, { more: { Z: [0, 3] } }) }, 'SLIDE_UNSUPPORTED', /2 focal planes/],
  'blocks over each other': [
    { blocks: changed(2, { more: { B: [1, 1] } }).concat(changed(3, { more: { B: [0, 1] } })) },
    'SLIDE_UNSUPPORTED',
    /2 blocks/,
  ],
  'part of several files': [{ part: 1 }, 'SLIDE_UNSUPPORTED', /part 1 of a Zeiss CZI/],
  'no picture of full resolution': [{ blocks: blocks.slice(-1) }, 'SLIDE_MALFORMED', /no picture of full resolution/],
  'pictures far apart': [{ blocks: changed(2, { x: 2 ** 31 - 1, y: 2 ** 31 - 1 }) }, 'SLIDE_MALFORMED', /says it has/],
  'XML that is cut off': [{ xml: '<ImageDocument><Metadata>' }, 'SLIDE_MALFORMED', /XML is cut off/],
}
for (const [name, [options, code, message]] of Object.entries(refused)) {
  test(`refused: ${name}`, async (t) => {
    await t.throwsAsync(opened(t, options), { code, message })
  })
}

test('the way out of what is refused is one that is read: Bio-Formats unpacks, and keeps channels and bits', async (t) => {
  for (const [name, isUnpacked] of [
    ['LZW', true],
    ['grey of 16 bits', false],
    ['channels', false],
  ] as const) {
    const error = await t.throwsAsync(opened(t, refused[name]![0]))
    t.is(/bfconvert/.test((error as { hint?: string }).hint ?? ''), isUnpacked, name)
  }
})

const broken: Readonly<Record<string, readonly [change: (file: Buffer) => void, code: string, message: RegExp]>> = {
  'a directory that is not there': [(file) => file.writeBigInt64LE(2n ** 60n, 84), 'SLIDE_MALFORMED', /ZISRAWDIRECTORY at byte/],
  'a directory that is another thing': [
    (file) => file.writeBigInt64LE(544n, 84),
    'SLIDE_MALFORMED',
    /"ZISRAWSUBBLOCK" at byte 544, where ZISRAWDIRECTORY/,
  ],
  'a directory of too many': [
    (file) => file.writeInt32LE(2 ** 22, Number(file.readBigInt64LE(84)) + 32),
    'SLIDE_MALFORMED',
    /directory of 4194304 sub-blocks/,
  ],
  'an entry of no pixels': [
    (file) => file.writeInt32LE(0, Number(file.readBigInt64LE(84)) + 32 + 128 + 32 + 16),
    'SLIDE_MALFORMED',
    /entry 0 is a picture of 0 x 12/,
  ],
}
for (const [name, [change, code, message]] of Object.entries(broken)) {
  test(`refused: ${name}`, async (t) => {
    const file = await cziSlide()
    change(file)
    await t.throwsAsync(openAt(t, await fileOf(t, file, 'a.czi')), { code, message })
  })
}

test('an attachment that is damaged is left out with a warning; so are all where their list is', async (t) => {
  const file = await cziSlide()
  const list = Number(file.readBigInt64LE(104))
  file.writeBigInt64LE(3n, list + 32 + 256 + 12)
  const slide = await openAt(t, await fileOf(t, file, 'a.czi'))
  t.deepEqual(slide.info.associated, ['thumbnail'])
  t.regex(slide.info.warnings.join(), /its label is left out/)
  file.writeBigInt64LE(7n, 104)
  const other = await openAt(t, await fileOf(t, file, 'a.czi'))
  t.deepEqual(other.info.associated, [])
  t.regex(other.info.warnings.join(), /pictures beside it are left out/)
})

sharedTest(
  'real ones: colours are read, grey is refused by name',
  ['wsi/czi/RGB-8bit.czi', 'wsi/czi/tiles.czi', 'wsi/czi/s_1_t_1_c_1_z_1.czi'],
  async (t, rgb, grey, grey16) => {
    const slide = await openAt(t, rgb!)
    t.deepEqual([slide.info.width, slide.info.height, slide.info.compression], [924, 624, 'none'])
    t.true(Math.abs(slide.info.mpp!.x - 1.0833) < 0.001)
    await t.throwsAsync(openAt(t, grey!), { code: 'SLIDE_UNSUPPORTED', message: /2 channels/ })
    await t.throwsAsync(openAt(t, grey16!), { code: 'SLIDE_UNSUPPORTED', message: /grey of 16 bits/ })
  },
)
