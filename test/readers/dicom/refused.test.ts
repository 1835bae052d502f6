/** DICOM files that are no slide we read: refused by name when they are opened, with a way out. What is damaged is an error that says what. */

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { type DicomElement, dicomOf, el } from '../../../fixtures/dicom-file.js'
import { perFrame, rle, type SlideFile, slideFile, slideTile, syntaxes, tilesOf } from '../../../fixtures/dicom-slide.js'
import { whole } from '../../../fixtures/pixels.js'
import type { SlideError } from '../../../src/core/errors.js'
import { sharedTest } from '../../shared-data.js'
import { codestream } from '../jpeg2000-tiles.js'
import { cut, fileOf, openAt, openBytes, same } from '../open-buffer.js'
import { pixels } from '../tiff-builder.js'
import { stream } from './codestreams.js'

const frames = tilesOf(whole)
const native = (changes: SlideFile['changes'], more: Partial<SlideFile> = {}) =>
  slideFile({
    uid: '9',
    syntax: syntaxes.explicit,
    size: whole,
    tile: slideTile,
    pixels: { frames, table: 'native' },
    changes: changes ?? {},
    ...more,
  })
const one = (element: DicomElement) => native({ [element.tag]: element })

async function refused(t: ExecutionContext, bytes: Uint8Array, message: RegExp, code = 'SLIDE_UNSUPPORTED'): Promise<void> {
  const error = await t.throwsAsync<SlideError>(openAt(t, await fileOf(t, bytes, 'a.dcm')), { code, message })
  t.regex(error?.message ?? '', /a\.dcm/)
  t.truthy(error?.hint)
}

for (const [what, element, message] of [
  ['grey', el(0x0028_0002, 'US', [1]), /1 sample a pixel/],
  ['palette', el(0x0028_0004, 'CS', 'PALETTE COLOR'), /PALETTE COLOR colours/],
  ['chroma at half the resolution, not compressed', el(0x0028_0004, 'CS', 'YBR_PARTIAL_420'), /YBR_PARTIAL_420 colours/],
  ['16 bits', el(0x0028_0100, 'US', [16]), /16 bits a sample/],
  ['7 bits', el(0x0028_0101, 'US', [7]), /7 bits a sample/],
  ['signed', el(0x0028_0103, 'US', [1]), /signed samples/],
  ['channels', el(0x0048_0302, 'UL', [3]), /3 optical paths/],
  ['focal planes', el(0x0048_0303, 'UL', [5]), /5 focal planes/],
  ['more frames than tiles', el(0x0048_0006, 'UL', [64]), /12 frames for 6 tiles: several focal planes/],
  ['a type of another kind', el(0x0008_0008, 'CS', 'ORIGINAL\\PRIMARY\\LOCALIZER'), /third word should be VOLUME/],
  [
    'another class',
    el(0x0008_0016, 'UI', '1.2.840.10008.5.1.4.1.1.66.4'),
    /another kind than a whole slide image \(1\.2\.840\.10008\.5\.1\.4\.1\.1\.66\.4\)/,
  ],
] as const) {
  test(`refused by name: ${what}`, (t) => refused(t, one(element), message))
}

for (const [uid, message] of [
  ['1.2.840.10008.1.2.4.110', /JPEG XL/],
  ['1.2.840.10008.1.2.4.100', /transfer syntax 1\.2\.840\.10008\.1\.2\.4\.100, which is not read/],
] as const) {
  test(`refused by name: transfer syntax ${uid}`, (t) => refused(t, native({}, { syntax: uid }), message))
}

test('refused by name: a transfer syntax whose elements are not read either, as without types or deflated', async (t) => {
  for (const [as, uid] of [
    ['1.2.840.10008.1.2', '1.2.840.113619.5.2'],
    ['1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.4.95'],
  ] as const)
    await refused(t, writtenAs(as, uid), new RegExp(`transfer syntax ${uid}, which is not read`))
})

/** A slide in one transfer syntax, which says another one. */
function writtenAs(syntax: string, said: string): Uint8Array {
  const elements = native({}, { syntax })
  const inside = native({}, { syntax: said })
  const begin = (bytes: Buffer) => 144 + bytes.readUInt32LE(140)
  return Buffer.concat([inside.subarray(0, begin(inside)), elements.subarray(begin(elements))])
}

const side = 16
const compressed = (syntax: keyof typeof syntaxes, frame: Uint8Array) =>
  slideFile({
    uid: '9',
    syntax: syntaxes[syntax],
    size: { width: side, height: side },
    tile: side,
    pixels: { frames: [frame], table: 'basic' },
  })

test('frames that no decoder here reads are refused at opening', async (t) => {
  const frame = (process: number, first: number) =>
    Buffer.from([0xff, 0xd8, 0xff, process, 0, 17, 8, 0, 16, 0, 16, 3, 1, first, 0, 2, 0x11, 0, 3, 0x11, 0])
  await refused(t, compressed('jpeg', frame(0xc9, 0x11)), /JPEG process c9 \(lossless, hierarchical or arithmetic/)
  await refused(t, compressed('jpegLossless', frame(0xc3, 0x21)), /lossless JPEG data has subsampled colours/)
  const twelve = codestream('rgb')
  twelve[42] = 11
  await refused(t, compressed('jpeg2000', twelve), /12 bits/)
  const four = stream('jpegLs')
  four[four.indexOf(Buffer.of(0xff, 0xf7)) + 9] = 4
  await refused(t, compressed('jpegLs', four), /4 components/)
})

for (const [what, changes, message, code] of [
  ['fewer frames than tiles', { 4718598: el(0x0048_0006, 'UL', [1000]) }, /12 frames for 96 tiles/, 'SLIDE_MALFORMED'],
  ['no width', { 4718598: null }, /picture of 0 x 71 pixels/, 'SLIDE_MALFORMED'],
  ['frames of no height', { 2621456: el(0x0028_0010, 'US', [0]) }, /frames of 32 x 0 pixels/, 'SLIDE_MALFORMED'],
  ['no number of frames', { 2621448: el(0x0028_0008, 'IS', '1A') }, /12 tiles/, 'SLIDE_MALFORMED'],
  ['half a frame', { 2621448: el(0x0028_0008, 'IS', '2.5') }, /2\.5 frames/, 'SLIDE_MALFORMED'],
  ['more frames than bytes', { 2621448: el(0x0028_0008, 'IS', '900000') }, /900000 frames for 12 tiles/, 'SLIDE_UNSUPPORTED'],
  [
    'a picture beyond all',
    { 4718598: el(0x0048_0006, 'UL', [4e9]), 4718599: el(0x0048_0007, 'UL', [4e9]) },
    /4000000000 x 4000000000/,
    'SLIDE_TOO_LARGE',
  ],
  [
    'tiles beyond all',
    { 4718598: el(0x0048_0006, 'UL', [2e6]), 4718599: el(0x0048_0007, 'UL', [2e6]) },
    /3906250000 tiles/,
    'SLIDE_TOO_LARGE',
  ],
  [
    'a frame beyond all',
    { 2621456: el(0x0028_0010, 'US', [65_535]), 2621457: el(0x0028_0011, 'US', [65_535]) },
    /frames of 65535 x 65535/,
    'SLIDE_TOO_LARGE',
  ],
] as const) {
  test(`damaged: ${what}`, (t) => refused(t, native(changes), message, code))
}

const sparse = (places: readonly (readonly [number, number])[]) =>
  native({ 2134801: el(0x0020_9311, 'CS', 'TILED_SPARSE'), 1375769136: perFrame(places) })
const grid = frames.map((_, i) => [(i % 4) * slideTile, Math.floor(i / 4) * slideTile] as const)
const moved = (index: number, x: number, y: number) => sparse(grid.map((place, i) => (i === index ? [x, y] : place)))

test('places of frames: outside, twice, too few, too many, none', async (t) => {
  await refused(t, moved(3, 128, 0), /frame 4 at 128, 0, outside of its picture/, 'SLIDE_MALFORMED')
  await refused(t, moved(3, -32, 0), /frame 4 at -32, 0, outside/, 'SLIDE_MALFORMED')
  await refused(t, moved(3, 0, 0), /two frames at one place \(frame 4 is the second\)/)
  await refused(t, sparse(grid.slice(0, 5)), /places of 5 of its 12 frames/, 'SLIDE_MALFORMED')
  await refused(t, sparse([...grid, [0, 0]]), /places of more than its 12 frames/, 'SLIDE_MALFORMED')
  await refused(t, native({ 2134801: el(0x0020_9311, 'CS', 'TILED_SPARSE') }), /places of 0 of its 12 frames/, 'SLIDE_MALFORMED')
})

const packed = frames.map((tile) => rle(tile, slideTile))
const items = (table: 'basic' | 'extended' | 'none') =>
  slideFile({ uid: '9', syntax: syntaxes.rle, size: whole, tile: slideTile, pixels: { frames: packed, table } })
const after = (bytes: Buffer, mark: readonly number[]) => bytes.indexOf(Buffer.from(mark)) + mark.length
const pixelMark = [0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]

test('offset tables that lie: beyond the file, into the middle of a frame', async (t) => {
  const beyond = items('extended')
  const at = after(beyond, [0xe0, 0x7f, 0x01, 0, 0x4f, 0x56, 0, 0]) + 4
  beyond.writeBigUInt64LE(2n ** 60n, at + 8)
  await refused(t, beyond, /ends at byte/, 'SLIDE_TRUNCATED')
  const long = items('extended')
  const lengths = after(long, [0xe0, 0x7f, 0x02, 0, 0x4f, 0x56, 0, 0]) + 4
  long.writeBigUInt64LE(2n ** 33n, lengths)
  await refused(t, long, /a frame \(1\) of 8589934592 bytes, more than/, 'SLIDE_TOO_LARGE')
  // Two bytes off: an error of that tile, and of the one before, whose bytes end there; all others can be read.
  const off = items('basic')
  const table = after(off, pixelMark) + 8
  off.writeUInt32LE(off.readUInt32LE(table + 4 * 5) + 2, table + 4 * 5)
  const slide = await openBytes(t, off)
  for (let i = 0; i < 12; i++) {
    const tile = cut(slide, (i % 4) * slideTile, Math.floor(i / 4) * slideTile, 5, 5)
    if (i === 5) await t.throwsAsync(tile, { code: 'TILE_UNDECODABLE', message: /its offset table is wrong/ })
    else if (i !== 4) await t.notThrowsAsync(tile)
    else await tile.catch(() => undefined)
  }
})

test('items that are none, too few, or without an end', async (t) => {
  const bytes = items('none')
  const first = after(bytes, pixelMark)
  const notOne = Buffer.from(bytes)
  notOne[first + 8] = 0xfd
  await refused(t, notOne, /no item of pixels at byte/, 'SLIDE_MALFORMED')
  const endless = Buffer.from(bytes)
  endless.writeUInt32LE(0xffff_fff0, first + 12)
  await refused(t, endless, /ends at byte/, 'SLIDE_TRUNCATED')
  const few = slideFile({
    uid: '9',
    syntax: syntaxes.rle,
    size: whole,
    tile: slideTile,
    pixels: { frames: packed.slice(1), table: 'none' },
    changes: { 2621448: el(0x0028_0008, 'IS', '12') },
  })
  await refused(t, few, /11 items of pixels for 12 frames/, 'SLIDE_MALFORMED')
})

test('a file cut short anywhere is an error that says so, or of the tiles that are gone', async (t) => {
  for (const bytes of [
    items('basic'),
    // Its tables say where each frame ends: the mark at the end of all items is no loss.
    items('extended').subarray(0, -8),
    items('none'),
    native({}),
    native({}, { syntax: syntaxes.implicit, delimited: true }),
  ]) {
    for (let length = 131; length < bytes.length; length += Math.ceil((bytes.length - length) / 23)) {
      const error = await t.throwsAsync<SlideError>(openBytes(t, bytes.subarray(0, length)))
      t.true(
        ['SLIDE_TRUNCATED', 'SLIDE_MALFORMED', 'SLIDE_UNSUPPORTED'].includes(error?.code ?? ''),
        `${length}: ${error?.code} ${error?.message}`,
      )
    }
  }
})

test('a header that goes on for ever, nests for ever, or has types that are none', async (t) => {
  const elements = (more: readonly DicomElement[]) =>
    dicomOf({ syntax: syntaxes.explicit, elements: more, pixels: { frames: [], table: 'native' } })
  const long = elements([el(0x0009_0010, 'UN', new Uint8Array(100))])
  long.writeUInt32LE(0xf000_0000, long.indexOf('UN') + 4)
  await refused(t, long, /ends at byte/, 'SLIDE_TRUNCATED')
  let deep = el(0x0009_0010, 'SQ', [[]])
  for (let i = 0; i < 100; i++) deep = el(0x0009_0010, 'SQ', [[deep]])
  await refused(
    t,
    dicomOf({ syntax: syntaxes.explicit, elements: [deep], pixels: { frames: [], table: 'native' }, delimited: true }),
    /more than 24 sequences/,
    'SLIDE_MALFORMED',
  )
  const odd = one(el(0x0008_0060, 'CS', 'SM'))
  odd.write('C?', odd.indexOf('CS'))
  await refused(t, odd, /of a type that is none \("C\?"\)/, 'SLIDE_MALFORMED')
  const many = elements(Array.from({ length: 5000 }, (_, i) => el(0x0009_1000 + i, 'US', [i])))
  await refused(t, many, /more than 4096 elements/, 'SLIDE_TOO_LARGE')
})

test('HTJ2K that is damaged is an error of its tile, never the picture before', async (t) => {
  const good = stream('htj2k')
  const bad = Buffer.from(good)
  // All of its data; the headers stay.
  bad.fill(0x55, bad.indexOf(Buffer.of(0xff, 0x93)) + 2)
  const size = { width: 2 * side, height: side }
  const bytes = slideFile({ uid: '9', syntax: syntaxes.htj2k, size, tile: side, pixels: { frames: [good, bad], table: 'basic' } })
  const slide = await openBytes(t, bytes)
  const wanted = pixels(0, 0, side, side)
  same(t, await cut(slide, 0, 0, side, side), wanted)
  const got = await cut(slide, side, 0, side, side).catch((error: SlideError) => error)
  if (got instanceof Uint8Array) t.false(Buffer.from(got).equals(wanted))
  else t.is(got.code, 'TILE_UNDECODABLE')
})

const hostile: readonly [file: string, code: string, message: RegExp][] = [
  ['hostile/dicom-pydicom/SC_rgb_rle_2frame.dcm', 'SLIDE_UNSUPPORTED', /another kind/],
  ['hostile/dicom-pydicom/badVR.dcm', 'SLIDE_UNSUPPORTED', /another kind/],
  ['hostile/dicom-pydicom/image_dfl.dcm', 'SLIDE_UNSUPPORTED', /another kind/],
  ['hostile/dicom-pydicom/no_meta.dcm', 'SLIDE_UNSUPPORTED', /no DICM at byte 128/],
  ['hostile/dicom-dcmjs/no-meta-length-test.dcm', 'SLIDE_UNSUPPORTED', /another kind/],
]

for (const [file, code, message] of hostile) {
  sharedTest(`refused: ${file}`, [file], async (t, uri) => {
    await t.throwsAsync(openAt(t, uri!), { code, message })
  })
}

test('a deflated file is unpacked within bounds, and told when it is damaged', async (t) => {
  const bytes = native({}, { syntax: syntaxes.deflated })
  const at = bytes.indexOf('1.2.840.10008.1.2.1.99')
  // The first group ends with a UID after that.
  const from = bytes.indexOf(Buffer.from('1.2.3\0'), at) + 6
  const of = (body: Uint8Array) => Buffer.concat([bytes.subarray(0, from), deflateRawSync(body)])
  const inside = inflateRawSync(bytes.subarray(from))
  t.is((await openBytes(t, of(inside))).info.width, whole.width, 'it is put together again')
  await refused(
    t,
    of(Buffer.concat([inside.subarray(0, 60), Buffer.alloc(65 * 2 ** 20)])),
    /more than 67108864 bytes when it is unpacked/,
    'SLIDE_TOO_LARGE',
  )
  const broken = Buffer.from(bytes)
  broken.fill(0xff, from, from + 200)
  await refused(t, broken, /is deflated, and damaged/, 'SLIDE_MALFORMED')
  await refused(t, bytes.subarray(0, from + 300), /ends at byte \d+/, 'SLIDE_TRUNCATED')
})

test('big endian in words of which a frame has no whole number', async (t) => {
  const frame = Buffer.alloc(15 * 15 * 3)
  const bytes = slideFile({
    uid: '9',
    syntax: syntaxes.bigEndian,
    size: { width: 15, height: 15 },
    tile: 15,
    pixels: { frames: [frame], table: 'native' },
  })
  bytes.write('OW', bytes.indexOf(Buffer.from([0x7f, 0xe0, 0, 0x10])) + 4)
  await refused(t, bytes, /an odd number of bytes/)
})
