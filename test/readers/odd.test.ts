/** Odd but sound TIFFs, as libtiff reads them: to the same pixels, with a warning; and what looks alike and is not sound. */

import { open } from 'node:fs/promises'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { cut, fileOf, openAt, openBytes, same } from './open-buffer.js'
import { buildTiff, type PageSpec, pixels, rgbPage } from './tiff-builder.js'

const base = (extra: PageSpec['tags'] = {}) => rgbPage({ width: 64, height: 48, extra: { 270: 'a slide', ...extra } })
const half = () => rgbPage({ width: 32, height: 24, extra: { 254: [1] } })

/** Where a tag's entry begins in the directory at `start` of a classic little-endian file. */
function entryOf(bytes: Buffer, tag: number, start = bytes.readUInt32LE(4)): number {
  for (let i = 0; i < bytes.readUInt16LE(start); i++) {
    const at = start + 2 + i * 12
    if (bytes.readUInt16LE(at) === tag) return at
  }
  throw new Error(`no tag ${tag}`)
}

const nextOf = (bytes: Buffer, start = bytes.readUInt32LE(4)) => start + 2 + bytes.readUInt16LE(start) * 12

const patched = (pages: readonly PageSpec[], patch: (bytes: Buffer) => unknown): Buffer => {
  const bytes = buildTiff(pages)
  patch(bytes)
  return bytes
}

async function reads(t: ExecutionContext, bytes: Buffer, warning: RegExp | null, levels = 1): Promise<void> {
  const slide = await openBytes(t, bytes)
  same(t, await cut(slide, 0, 0, 64, 48), pixels(0, 0, 64, 48))
  t.is(slide.info.levels.length, levels)
  const { warnings } = slide.info
  if (warning === null) t.deepEqual(warnings, [])
  else t.true(warning.test(warnings.join('\n')), `${warnings.join('\n') || 'no warning'}, not ${warning}`)
}

const PRIVATE = 50_000
const withPrivate = [base({ [PRIVATE]: [1, 2, 3, 4] })]
const far = 0x70000000

const odd: readonly [what: string, bytes: () => Buffer, warning: RegExp | null, levels?: number][] = [
  ['a private tag of type 0', () => patched(withPrivate, (b) => b.writeUInt16LE(0, entryOf(b, PRIVATE) + 2)), /tag 50000 .*unknown type 0/],
  [
    'tiles of more pixels than it says to have',
    () => patched([rgbPage({ width: 64, height: 64, extra: { 270: 'a slide' } })], (b) => b.writeUInt32LE(48, entryOf(b, 257) + 8)),
    /level 0 has 16 tiles, where 64 x 48 pixels in tiles of 16 x 16 need 12: its height may be too small, .* not read, or its width may be wrong, .* shuffled/,
  ],
  ['a private tag of type 99', () => patched(withPrivate, (b) => b.writeUInt16LE(99, entryOf(b, PRIVATE) + 2)), /unknown type 99/],
  [
    'a private tag beyond the end',
    () => patched(withPrivate, (b) => b.writeUInt32LE(far, entryOf(b, PRIVATE) + 8)),
    /tag 50000 .*ends at byte/,
  ],
  [
    'a private tag of 16 GB',
    () => patched(withPrivate, (b) => b.writeUInt32LE(0xffffffff, entryOf(b, PRIVATE) + 4)),
    /tag 50000 .*ends at byte/,
  ],
  [
    'a private tag twice',
    () => patched([base({ [PRIVATE]: [1], 50001: [2] })], (b) => b.writeUInt16LE(PRIVATE, entryOf(b, 50_001))),
    /tag 50000 is there twice/,
  ],
  [
    'the width twice: the first counts',
    () => patched([base({ [PRIVATE]: [99] })], (b) => b.writeUInt16LE(256, entryOf(b, PRIVATE))),
    /tag 256 is there twice/,
  ],
  [
    'a description of an unknown type',
    () => patched([base()], (b) => b.writeUInt16LE(77, entryOf(b, 270) + 2)),
    /tag 270 .*unknown type 77/,
  ],
  ['a description beyond the end', () => patched([base()], (b) => b.writeUInt32LE(far, entryOf(b, 270) + 8)), /tag 270 /],
  ['a description of 4 GB', () => patched([base()], (b) => b.writeUInt32LE(0xffffffff, entryOf(b, 270) + 4)), /tag 270 .*more than/],
  ['a SubIFD at 0', () => buildTiff([base({ 330: [0] })]), null],
  ['SubIFDs at 0, several', () => buildTiff([base({ 330: [0, 0, 0] })]), null],
  ['a SubIFD beyond the end', () => buildTiff([base({ 330: [far] })]), /sub-page 1 of page 1 is left out/],
  ['a SubIFD in the header', () => buildTiff([base({ 330: [2] })]), /sub-page 1 of page 1 is left out/],
  [
    'a SubIFD that is the page itself',
    () => patched([base({ 330: [1] })], (b) => b.writeUInt32LE(b.readUInt32LE(4), entryOf(b, 330) + 8)),
    /left out: .*loop/,
  ],
  [
    'one good SubIFD of two',
    () =>
      patched([{ ...base(), subs: [half(), half()] }], (b) => {
        b.writeUInt32LE(far, b.readUInt32LE(entryOf(b, 330) + 8) + 4)
      }),
    /sub-page 2 of page 1 is left out/,
    2,
  ],
  [
    'a next directory beyond the end',
    () => patched([base(), half()], (b) => b.writeUInt32LE(far, nextOf(b, b.readUInt32LE(nextOf(b))))),
    /page 3 is left out/,
    2,
  ],
  [
    'a next directory that is the first',
    () => patched([base(), half()], (b) => b.writeUInt32LE(b.readUInt32LE(4), nextOf(b, b.readUInt32LE(nextOf(b))))),
    /page 3 is left out: .*loop/,
    2,
  ],
  [
    'a next directory of zeros',
    () => {
      const bytes = buildTiff([base(), half()])
      const all = Buffer.concat([bytes, Buffer.alloc(512)])
      all.writeUInt32LE(bytes.length, nextOf(all, all.readUInt32LE(nextOf(all))))
      return all
    },
    /page 3 is left out: .*empty directory/,
    2,
  ],
  [
    'a next directory in the pixels',
    () => patched([base(), half()], (b) => b.writeUInt32LE(100, nextOf(b, b.readUInt32LE(nextOf(b))))),
    /page 3 is left out/,
    2,
  ],
  [
    'tiles whose places are named as those of strips',
    () =>
      patched([base()], (b) => {
        for (const tag of [324, 325]) b.writeUInt16LE(tag === 324 ? 273 : 279, entryOf(b, tag))
      }),
    null,
  ],
  ['a fill order and an orientation that there are not', () => buildTiff([base({ 266: [0], 274: [9] })]), null],
  ['a file that ends before its last link', () => buildTiff([base()]).subarray(0, -4), null],
]

for (const [what, bytes, warning, levels] of odd) {
  test(`read all the same: ${what}`, (t) => reads(t, bytes(), warning, levels))
}

test('what a page needs must be readable, whatever is passed over beside it', async (t) => {
  for (const [tag, code] of [
    [256, 'SLIDE_MALFORMED'],
    [258, 'SLIDE_TRUNCATED'],
    [259, 'SLIDE_MALFORMED'],
    [262, 'SLIDE_MALFORMED'],
    [277, 'SLIDE_MALFORMED'],
    [284, 'SLIDE_MALFORMED'],
    [324, 'SLIDE_TRUNCATED'],
    [325, 'SLIDE_TRUNCATED'],
  ] as const) {
    const lost = (b: Buffer) =>
      code === 'SLIDE_TRUNCATED' ? b.writeUInt32LE(far, entryOf(b, tag) + 8) : b.writeUInt16LE(77, entryOf(b, tag) + 2)
    await t.throwsAsync(openBytes(t, patched([base()], lost)), { code }, `tag ${tag}`)
  }
  // Type 11, floating point, and type 9 with a negative number.
  await t.throwsAsync(
    openBytes(
      t,
      patched([base()], (b) => b.writeUInt16LE(11, entryOf(b, 256) + 2)),
    ),
    {
      code: 'SLIDE_MALFORMED',
      message: /tag 256 that is no whole number/,
    },
  )
  const negative = patched([base()], (b) => {
    b.writeUInt16LE(9, entryOf(b, 257) + 2)
    b.writeInt32LE(-48, entryOf(b, 257) + 8)
  })
  await t.throwsAsync(openBytes(t, negative), { code: 'SLIDE_MALFORMED', message: /tag 257 .*negative/ })
})

test('many SubIFDs that lead nowhere end in one error, not in a million warnings', async (t) => {
  const bytes = buildTiff([base({ 330: Array.from({ length: 20_000 }, () => far) })])
  await t.throwsAsync(openBytes(t, bytes), { code: 'SLIDE_TOO_LARGE', message: /more than 1024 directories/ })
})

const strips = (counts: (sizes: readonly number[]) => readonly number[], rows = 8): Buffer => {
  const tiles: Uint8Array[] = []
  for (let y = 0; y < 44; y += rows) tiles.push(pixels(0, y, 64, Math.min(rows, 44 - y)))
  const tags = { 256: [64], 257: [44], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 278: [rows] }
  const bytes = buildTiff([{ tags, tiles }])
  const entry = entryOf(bytes, 279)
  const said = counts(tiles.map((tile) => tile.length))
  const at = said.length === 1 ? entry + 8 : bytes.readUInt32LE(entry + 8)
  said.forEach((count, i) => {
    bytes.writeUInt32LE(count, at + 4 * i)
  })
  return bytes
}

const stripWarning = /level 0 has wrong byte counts for its uncompressed strips/

const wrongCounts: readonly [what: string, bytes: Buffer, warning: RegExp | null][] = [
  ['one strip, 0 (libtiff, OpenCV, libvips)', strips(() => [0], 44), stripWarning],
  ['one strip, too small (libtiff)', strips(() => [100], 44), stripWarning],
  ['one strip, larger than the file (libtiff)', strips(() => [0x7fffffff], 44), null],
  ['several strips, all 0 (Pillow)', strips((sizes) => sizes.map(() => 0)), stripWarning],
  ['several strips, all too small', strips((sizes) => sizes.map(() => 7)), stripWarning],
  ['several strips, one 0 where its pixels are', strips((sizes) => sizes.map((size, i) => (i === 2 ? 0 : size))), stripWarning],
  ['several strips, the first wrong (libtiff)', strips((sizes) => sizes.map((size, i) => (i === 0 ? 5 : size))), stripWarning],
]

for (const [what, bytes, warning] of wrongCounts) {
  test(`StripByteCounts of uncompressed data: ${what}`, async (t) => {
    const slide = await openBytes(t, bytes)
    same(t, await cut(slide, 0, 0, 64, 44), pixels(0, 0, 64, 44))
    if (warning === null) t.deepEqual(slide.info.warnings, [])
    else t.regex(slide.info.warnings.join(), warning)
  })
}

test('TileByteCounts all 0, or not there, for uncompressed tiles that are there, also where two share their bytes, or one has none', async (t) => {
  const emptied = (b: Buffer) => b.fill(0, b.readUInt32LE(entryOf(b, 325) + 8), b.readUInt32LE(entryOf(b, 325) + 8) + 4 * 12)
  const unsaid = (b: Buffer) => b.writeUInt16LE(65_000, entryOf(b, 325))
  const warning = /wrong byte counts for its uncompressed tiles/
  for (const change of [emptied, unsaid]) {
    await reads(t, patched([base()], change), warning)
    for (const place of [undefined, 0]) {
      const bytes = patched([base()], (b) => {
        const at = b.readUInt32LE(entryOf(b, 324) + 8)
        b.writeUInt32LE(place ?? b.readUInt32LE(at + 4 * 6), at + 4 * 5)
        change(b)
      })
      const slide = await openBytes(t, bytes)
      t.regex(slide.info.warnings.join(), warning)
      const shared = await cut(slide, 16, 16, 16, 16)
      if (place === 0) t.true(shared.every((v) => v === 255))
      else same(t, shared, pixels(32, 16, 16, 16))
      same(t, await cut(slide, 32, 16, 16, 16), pixels(32, 16, 16, 16))
    }
    const overlapping = patched([base()], (b) => {
      const at = b.readUInt32LE(entryOf(b, 324) + 8)
      b.writeUInt32LE(b.readUInt32LE(at + 4 * 6) + 1, at + 4 * 5)
      change(b)
    })
    await t.throwsAsync(openBytes(t, overlapping), { code: 'SLIDE_MALFORMED', message: /does not say how many bytes its 12 tiles have/ })
  }
})

test('a blank tile stays blank: it has no place, or the place where the next one begins', async (t) => {
  const page = base()
  const tiles = [...page.tiles!]
  tiles[5] = new Uint8Array()
  for (const atNext of [false, true]) {
    const bytes = patched([{ ...page, tiles }], (b) => {
      const at = b.readUInt32LE(entryOf(b, 324) + 8)
      if (atNext) b.writeUInt32LE(b.readUInt32LE(at + 4 * 6), at + 4 * 5)
    })
    const slide = await openBytes(t, bytes)
    t.deepEqual(slide.info.warnings, [])
    t.true((await cut(slide, 16, 16, 16, 16)).every((v) => v === 255))
    same(t, await cut(slide, 32, 16, 16, 16), pixels(32, 16, 16, 16))
  }
})

test('compressed data without byte counts: one strip goes on to the end, several are refused', async (t) => {
  const tags = { 256: [64], 257: [44], 258: [8, 8, 8], 259: [8], 262: [2], 277: [3], 278: [44] }
  const one = buildTiff([{ tags, tiles: [deflateSync(pixels(0, 0, 64, 44))] }])
  one.writeUInt32LE(0, entryOf(one, 279) + 8)
  const slide = await openBytes(t, one)
  same(t, await cut(slide, 0, 0, 64, 44), pixels(0, 0, 64, 44))
  t.regex(slide.info.warnings.join(), /does not say how many bytes its only strip has/)
  const two = buildTiff([{ tags: { ...tags, 278: [22] }, tiles: [0, 22].map((y) => deflateSync(pixels(0, y, 64, 22))) }])
  const at = two.readUInt32LE(entryOf(two, 279) + 8)
  two.fill(0, at, at + 8)
  await t.throwsAsync(openBytes(t, two), { code: 'SLIDE_MALFORMED', message: /does not say how many bytes its 2 strips have/ })
})

test('a compressed tile with a place of its own and no bytes is white, with a warning; one without a place needs none', async (t) => {
  for (const [place, warning] of [
    [true, /gives 1 of its 12 tiles a place and no bytes: they count as left out/],
    [false, null],
  ] as const) {
    const bytes = patched([rgbPage({ width: 64, height: 48, extra: { 259: [8] } }, deflateSync)], (b) => {
      b.writeUInt32LE(0, b.readUInt32LE(entryOf(b, 325) + 8) + 4 * 5)
      if (!place) b.writeUInt32LE(0, b.readUInt32LE(entryOf(b, 324) + 8) + 4 * 5)
    })
    const slide = await openBytes(t, bytes)
    t.true((await cut(slide, 16, 16, 16, 16)).every((v) => v === 255))
    if (warning === null) t.deepEqual(slide.info.warnings, [])
    else t.regex(slide.info.warnings.join(), warning)
  }
})

test('a slide without a single tile is refused: libtiff leaves such a file where its writer failed', async (t) => {
  for (const compression of [1, 8]) {
    const page = rgbPage({ width: 64, height: 48, extra: { 259: [compression] } })
    const bytes = buildTiff([{ ...page, tiles: page.tiles!.map(() => new Uint8Array(0)) }])
    await t.throwsAsync(openBytes(t, bytes), { code: 'SLIDE_TRUNCATED', message: /has no bytes for any of its tiles/ })
  }
})

test('a tile inside of the header is no tile', async (t) => {
  const bytes = patched([base()], (b) => b.writeUInt32LE(0, b.readUInt32LE(entryOf(b, 324) + 8) + 4 * 3))
  await t.throwsAsync(openBytes(t, bytes), { code: 'SLIDE_MALFORMED', message: /tile 3 at byte 0/ })
})

test('deflate tiles that unpack to more, or lack their checksum', async (t) => {
  for (const pack of [
    (b: Uint8Array) => deflateSync(Buffer.concat([b, Buffer.alloc(50)])),
    (b: Uint8Array) => deflateSync(b).subarray(0, -4),
  ]) {
    const slide = await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra: { 259: [8] } }, pack)]))
    same(t, await cut(slide, 0, 0, 64, 48), pixels(0, 0, 64, 48))
  }
})

test('a resolution of any type; a description of bytes', async (t) => {
  const page = base({ 296: [3], 282: [20_000, 1], 283: [20_000, 1], 270: 'Aperio Image Library v1|AppMag = 20|MPP = 0.499' })
  // FLOAT: 20000 in one value of four bytes, inside of the entry.
  const float = patched([base({ 296: [3], 282: [20_000, 1], 283: [20_000, 1] })], (b) => {
    for (const tag of [282, 283]) {
      const at = entryOf(b, tag)
      b.writeUInt16LE(11, at + 2)
      b.writeFloatLE(20_000, at + 8)
    }
  })
  t.deepEqual((await openBytes(t, float)).info.mpp, { x: 0.5, y: 0.5 })
  for (const type of [1, 7]) {
    const bytes = patched([page], (b) => b.writeUInt16LE(type, entryOf(b, 270) + 2))
    const { info } = await openBytes(t, bytes)
    t.deepEqual([info.vendor, info.mpp], ['aperio', { x: 0.499, y: 0.499 }])
  }
})

test('names of an Aperio description in small letters; what says how large a pixel is under another name, or otherwise, is told', async (t) => {
  const opened = async (fields: string, extra = {}) =>
    (await openBytes(t, buildTiff([base({ 270: `Aperio Image Library v1|${fields}`, ...extra })]))).info
  t.like(await opened('appmag = 40|mpp = 0.5010'), { mpp: { x: 0.501, y: 0.501 }, power: 40, warnings: [] })
  t.like(await opened('AppMag = 40|MPPX = 0.25|MPPY = 0.26'), {
    mpp: { x: 0.25, y: 0.25 },
    warnings: ['MPPX = 0.25 is not read: the size of a pixel is looked for as MPP'],
  })
  t.deepEqual((await opened('AppMag = 20|MPP: 0.2523')).warnings, ['MPP: 0.2523 is not read: the size of a pixel is looked for as MPP'])
  const tagged = { 296: [3], 282: [40_000, 1], 283: [40_000, 1] }
  t.like(await opened('AppMag = 20', tagged), { mpp: { x: 0.25, y: 0.25 }, mppSource: 'TIFF resolution tags', power: 20, warnings: [] })
  t.deepEqual((await opened('AppMag = 20|MPP = 0.5', tagged)).warnings, [
    'a pixel of 0.5 x 0.5 µm (Aperio MPP) counts, and the file says a pixel of 0.25 x 0.25 µm, too (TIFF resolution tags)',
  ])
})

// Elsewhere a file with a hole costs nothing; there 4 GiB of zeros are written.
const sparseTest = process.platform === 'win32' ? test.skip : test
sparseTest('a classic TIFF that goes on behind 4 GiB is refused, but not where its last tile alone lies across', async (t) => {
  const bytes = buildTiff([base()])
  const table = bytes.readUInt32LE(entryOf(bytes, 324) + 8)
  const last = Array.from({ length: 12 }, (_, i) => bytes.readUInt32LE(table + 4 * i)).at(-1)!
  const tile = bytes.subarray(last, last + 16 * 16 * 3)
  bytes.writeUInt32LE(2 ** 32 - 100, table + 4 * 11)
  const opened = async (size: number) => {
    const file = await fileOf(t, bytes)
    const handle = await open(file, 'r+')
    await handle.write(tile, 0, tile.length, 2 ** 32 - 100)
    await handle.truncate(size)
    await handle.close()
    return openAt(t, file)
  }
  const end = 2 ** 32 - 100 + tile.length
  const slide = await opened(end)
  same(t, await cut(slide, 0, 0, 64, 48), pixels(0, 0, 64, 48))
  await t.throwsAsync(opened(end + 5000), { code: 'SLIDE_MALFORMED', message: /goes on behind 4 GiB, where the offsets of its tiles/ })
})

test('uncompressed tiles that are zeros to the end of the file are told: a copy that was not finished', async (t) => {
  const bytes = buildTiff([base()])
  const table = bytes.readUInt32LE(entryOf(bytes, 324) + 8)
  bytes.writeUInt32LE(bytes.length, table + 4 * 11)
  const told = async (...behind: Buffer[]) =>
    (await openBytes(t, Buffer.concat([bytes, Buffer.alloc(16 * 16 * 3), ...behind]))).info.warnings
  const unfinished = ['its last pixels in the file are all 0 (black): is it a copy that was not finished?']
  t.deepEqual(await told(), unfinished)
  t.deepEqual(await told(Buffer.alloc(1024)), unfinished)
  // What is there behind them was copied after them: the picture ends in black.
  t.deepEqual(await told(Buffer.alloc(300), Buffer.alloc(200, 1), Buffer.alloc(300)), [])
})
