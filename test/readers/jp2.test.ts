/** JP2 files that are not as they should be, and how much of one a damaged tile takes. */

import test from 'ava'
import { picture } from '../../fixtures/picture.js'
import { pictureJp2 } from '../../fixtures/picture-jp2.js'
import { cut, openBytes, readLevel, same } from './open-buffer.js'

const at = (what: string, from = 0) => pictureJp2.indexOf(Buffer.from(what, 'latin1'), from)
const patched = (patch: (bytes: Buffer) => void) => {
  const bytes = Buffer.from(pictureJp2)
  patch(bytes)
  return bytes
}
const codestream = at('jp2c') + 4
/** Where the n-th tile-part begins. */
function tilePart(n: number): number {
  let place = at('\xff\x90\0\x0a')
  for (let i = 0; i < n; i++) place += pictureJp2.readUInt32BE(place + 6)
  return place
}
const box = (name: string, inside: Uint8Array) => {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + inside.length)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, inside])
}
/** With another box in its header. */
const withBox = (name: string, inside: readonly number[]) => {
  const more = box(name, Uint8Array.from(inside))
  const header = at('jp2h') - 4
  const bytes = Buffer.concat([pictureJp2.subarray(0, header + 8), more, pictureJp2.subarray(header + 8)])
  bytes.writeUInt32BE(pictureJp2.readUInt32BE(header) + more.length, header)
  return bytes
}

test('a bare codestream is read, too; it has no resolution', async (t) => {
  const slide = await openBytes(t, pictureJp2.subarray(codestream))
  same(t, await readLevel(slide, 0), picture())
  t.is(slide.info.mpp, undefined)
})

test('a codestream box of 64 bits, or up to the end of the file, after boxes of others', async (t) => {
  const other = box('uuid', new Uint8Array(70_000))
  const start = codestream - 8
  const long = Buffer.alloc(16)
  long.writeUInt32BE(1)
  long.write('jp2c', 4)
  long.writeBigUInt64BE(BigInt(16 + pictureJp2.length - codestream), 8)
  const open = box('jp2c', pictureJp2.subarray(codestream))
  open.writeUInt32BE(0)
  for (const last of [Buffer.concat([long, pictureJp2.subarray(codestream)]), open]) {
    const slide = await openBytes(t, Buffer.concat([pictureJp2.subarray(0, start), other, last]))
    same(t, await readLevel(slide, 0), picture())
    t.is(slide.info.mpp?.x, 0.5)
  }
})

test('colours that are none of ours are refused by name', async (t) => {
  const kind = (value: number) => patched((bytes) => bytes.writeUInt32BE(value, at('colr') + 7))
  for (const [bytes, message] of [
    [kind(12), /colours of kind 12/],
    [kind(14), /colours of kind 14/],
    [withBox('pclr', [0, 1, 3]), /palette/],
    [withBox('cdef', [0, 3, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0, 2, 0, 2, 0, 0, 0, 1]), /colour 3 in channel 0/],
  ] as const) {
    await t.throwsAsync(openBytes(t, bytes), { code: 'SLIDE_UNSUPPORTED', message })
  }
  // sYCC: the same samples are other colours.
  const ycc = await openBytes(t, kind(18))
  t.notDeepEqual(await cut(ycc, 0, 0, 8, 8), await cut(await openBytes(t, pictureJp2), 0, 0, 8, 8))
})

test('a damaged tile is that tile’s error; all others are read', async (t) => {
  const slide = await openBytes(
    t,
    patched((bytes) => bytes.fill(0xff, tilePart(5) + 14, tilePart(6) - 1)),
  )
  await t.throwsAsync(cut(slide, 40, 40, 8, 8), { code: 'TILE_UNDECODABLE', message: /tile \(1, 1\) of level 0/ })
  same(t, await cut(slide, 0, 0, 32, 32), await cut(await openBytes(t, pictureJp2), 0, 0, 32, 32))
})

test('what is cut off, loops or lies about its tiles is an error when it is opened', async (t) => {
  for (const [bytes, code, message] of [
    [pictureJp2.subarray(0, tilePart(7) + 40), 'SLIDE_TRUNCATED', /ends at byte/],
    [pictureJp2.subarray(0, tilePart(7)), 'SLIDE_TRUNCATED', /ends at byte/],
    [pictureJp2.subarray(0, codestream - 8), 'SLIDE_MALFORMED', /without a codestream/],
    [pictureJp2.subarray(0, codestream + 20), 'SLIDE_TRUNCATED', /ends at byte/],
    [patched((b) => b.writeUInt32BE(4, 12)), 'SLIDE_MALFORMED', /box of 4 bytes/],
    [patched((b) => b.writeUInt16BE(999, tilePart(3) + 4)), 'SLIDE_MALFORMED', /tile 999 of 12/],
    [patched((b) => b.writeUInt32BE(3, tilePart(3) + 6)), 'SLIDE_MALFORMED', /3 bytes/],
    [patched((b) => b.writeUInt16BE(0x1234, tilePart(3))), 'SLIDE_MALFORMED', /no JPEG 2000 tile/],
    [patched((b) => b.writeUInt16BE(1, codestream + 4)), 'SLIDE_MALFORMED', /no segment/],
    [patched((b) => b.writeUInt16BE(2, tilePart(3) + 4)), 'SLIDE_TRUNCATED', /ends at byte/],
  ] as const) {
    await t.throwsAsync(openBytes(t, bytes), { code, message })
  }
})

test('sizes that nobody has are refused before anything is allocated', async (t) => {
  const sized = (width: number, height: number, tile: number) =>
    patched((b) => {
      for (const [value, place] of [
        [width, 8],
        [height, 12],
        [tile, 24],
        [tile, 28],
      ] as const)
        b.writeUInt32BE(value, codestream + place)
    })
  await t.throwsAsync(openBytes(t, sized(2 ** 31, 2 ** 31, 32)), { code: 'SLIDE_TOO_LARGE' })
  await t.throwsAsync(openBytes(t, sized(60_000, 60_000, 60_000)), { code: 'SLIDE_TOO_LARGE', message: /pieces of 60000 x 60000/ })
  // Rows of one pixel cannot be cut apart: a decoder would make room for each.
  await t.throwsAsync(openBytes(t, sized(1, 65_000, 1)), { code: 'SLIDE_TOO_LARGE', message: /65000 tiles that cannot be cut/ })
  await t.throwsAsync(openBytes(t, sized(64, 64, 0)), { code: 'SLIDE_TOO_LARGE', message: /Infinity tiles/ })
  await t.throwsAsync(openBytes(t, sized(60_000, 60_000, 48)), { code: 'SLIDE_TOO_LARGE', message: /pieces of 60000 x 60000/ })
})
