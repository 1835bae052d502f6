/** TIFFs that lie about themselves: refused in well under a second, with nothing large allocated. */

import test from 'ava'
import { cut, openBytes, same } from './open-buffer.js'
import { buildTiff, pixels, rgbPage } from './tiff-builder.js'

/** Where a tag's entry begins in a classic little-endian file. */
function entryOf(bytes: Buffer, tag: number): number {
  const start = bytes.readUInt32LE(4)
  for (let i = 0; i < bytes.readUInt16LE(start); i++) {
    const at = start + 2 + i * 12
    if (bytes.readUInt16LE(at) === tag) return at
  }
  throw new Error(`no tag ${tag}`)
}

const good = () => buildTiff([rgbPage({ width: 64, height: 48 })])
const patched = (patch: (bytes: Buffer) => void) => {
  const bytes = good()
  patch(bytes)
  return bytes
}

const lies: readonly [string, () => Buffer, string, RegExp][] = [
  ['a first directory beyond the end', () => patched((b) => b.writeUInt32LE(0x7fffffff, 4)), 'SLIDE_TRUNCATED', /ends at byte/],
  ['no directory', () => patched((b) => b.writeUInt32LE(0, 4)), 'SLIDE_MALFORMED', /without a directory/],
  ['60000 tags', () => patched((b) => b.writeUInt16LE(60_000, b.readUInt32LE(4))), 'SLIDE_MALFORMED', /60000 tags/],
  [
    'a tag of 4 billion values',
    () => patched((b) => b.writeUInt32LE(0xffffffff, entryOf(b, 324) + 4)),
    'SLIDE_TOO_LARGE',
    /4294967295 values/,
  ],
  ['a tag outside of the file', () => patched((b) => b.writeUInt32LE(0x7ffffff0, entryOf(b, 324) + 8)), 'SLIDE_TRUNCATED', /ends at byte/],
  ['an unknown field type', () => patched((b) => b.writeUInt16LE(99, entryOf(b, 259) + 2)), 'SLIDE_MALFORMED', /unknown type 99/],
  ['no width', () => patched((b) => b.writeUInt32LE(0, entryOf(b, 256) + 8)), 'SLIDE_MALFORMED', /0 x 48/],
  [
    '4 billion pixels a side, few tiles',
    () => patched((b) => b.writeUInt32LE(0xffffffff, entryOf(b, 256) + 8)),
    'SLIDE_TOO_LARGE',
    /tiles/,
  ],
  [
    'both sides 4 billion',
    () => patched((b) => [256, 257].map((tag) => b.writeUInt32LE(0xffffffff, entryOf(b, tag) + 8))),
    'SLIDE_TOO_LARGE',
    /pixels/,
  ],
  [
    'one tile of a trillion pixels',
    () => patched((b) => [322, 323].map((tag) => b.writeUInt32LE(1_000_000, entryOf(b, tag) + 8))),
    'SLIDE_TOO_LARGE',
    /tiles of 1000000 x 1000000/,
  ],
  ['tiles without size', () => patched((b) => b.writeUInt32LE(0, entryOf(b, 323) + 8)), 'SLIDE_MALFORMED', /tiles of 16 x 0/],
  [
    'too few tile places',
    () => patched((b) => b.writeUInt32LE(2, entryOf(b, 324) + 4)),
    'SLIDE_MALFORMED',
    /places for 2 tiles in a level of 12/,
  ],
  ['a header and nothing else', () => Buffer.from('II*\0'), 'SLIDE_TRUNCATED', /ends at byte 4/],
  [
    'BigTIFF with 4-byte offsets',
    () => Buffer.from([0x49, 0x49, 43, 0, 4, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]),
    'SLIDE_MALFORMED',
    /offsets have 4 bytes/,
  ],
  [
    'BigTIFF with a directory count of 2^64 - 1',
    () => Buffer.concat([Buffer.from([0x49, 0x49, 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(64, 0xff)]),
    'SLIDE_MALFORMED',
    /tags/,
  ],
  ['nothing at all', () => Buffer.alloc(0), 'SLIDE_TRUNCATED', /is empty/],
]

for (const [name, make, code, message] of lies) {
  test.serial(`refused at once: ${name}`, async (t) => {
    const bytes = make()
    const before = process.memoryUsage().arrayBuffers
    await t.throwsAsync(openBytes(t, bytes), { name: 'SlideError', code, message })
    // Of this thread alone, unlike the resident memory, which other tests share.
    t.true(process.memoryUsage().arrayBuffers - before < 64 * 2 ** 20)
  })
}

test('a chain of more directories than allowed is refused', async (t) => {
  const pages = Array.from({ length: 40 }, () => rgbPage({ width: 16, height: 16, extra: { 254: [1] } }))
  await t.throwsAsync(openBytes(t, buildTiff(pages), 'slide', { limits: { directories: 30 } }), {
    code: 'SLIDE_TOO_LARGE',
    message: /more than 30 directories/,
  })
})

test('a slide cut anywhere is truncated or malformed, never a crash', async (t) => {
  const whole = good()
  for (let end = 0; end < whole.length - 4; end += 211) {
    await t.throwsAsync(openBytes(t, whole.subarray(0, end)), { name: 'SlideError' }, `${end} of ${whole.length} bytes`)
  }
})

test('tiles that lie beyond the end are found when the slide is opened', async (t) => {
  const bytes = good()
  const table = bytes.readUInt32LE(entryOf(bytes, 324) + 8)
  bytes.writeUInt32LE(bytes.length - 10, table + 4 * 5)
  await t.throwsAsync(openBytes(t, bytes), { code: 'SLIDE_TRUNCATED' })
})

test('a broken later page is left out with a warning', async (t) => {
  const bytes = buildTiff([rgbPage({ width: 64, height: 48 }), rgbPage({ width: 32, height: 24, extra: { 254: [1], 322: [0] } })])
  const slide = await openBytes(t, bytes)
  t.is(slide.info.levels.length, 1)
  t.regex(slide.info.warnings[0]!, /page 2 is left out: .* tiles of 0 x 16/)
  same(t, await cut(slide, 5, 5, 20, 20), pixels(5, 5, 20, 20))
})

test('a small tile that unpacks to hundreds of megabytes is that tile’s error', async (t) => {
  const { tags } = rgbPage({ width: 16, height: 16 })
  const bomb = {
    tags: { ...tags, 256: [8000], 257: [8000], 259: [8], 322: [8000], 323: [8000] },
    tiles: [Uint8Array.from([0x78, 0x9c, 3, 0, 0, 0, 0, 1])],
  }
  const slide = await openBytes(t, buildTiff([bomb]))
  await t.throwsAsync(cut(slide, 0, 0, 16, 16), { code: 'TILE_UNDECODABLE', message: /8 bytes are to become 192000000/ })
})
