/** OME-Zarr in a zip: the slide that the folder is; what an archive says of itself is believed within bounds. */

import path from 'node:path'
import { deflateRawSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { secondLevel, type ZarrFile, zarrSeries, zarrShards } from '../../fixtures/ome-zarr.js'
import { whole } from '../../fixtures/pixels.js'
import type { SlideError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { identify } from '../../src/readers/identify.js'
import { readers } from '../../src/readers/registry.js'
import { oddServer } from '../support/odd-server.js'
import { zipFile } from '../support/zip-file.js'
import { fileOf, openAt, readLevel, refTo, same } from './open-buffer.js'

const entries = (files: readonly ZarrFile[]) => Object.fromEntries(files.map(({ path: name, bytes }) => [name, Buffer.from(bytes)]))
const series = () => zipFile(entries(zarrSeries()))
const shards = () => zipFile(entries(zarrShards()))
const at = (t: ExecutionContext, bytes: Uint8Array, name = 'a.ozx') => fileOf(t, bytes, name)

test('the slide of the folder: facts, every pixel, a chunk that is not there, the label', async (t) => {
  for (const [name, bytes] of [
    ['series', series()],
    ['shards', shards()],
  ] as const) {
    const zip = await openAt(t, await at(t, bytes, name === 'series' ? 'a.ozx' : 'a.ome.zarr.zip'))
    const folder = await openAt(t, path.join(packageRoot, 'fixtures/ome-zarr', name))
    const { uri, ...facts } = zip.info
    const { uri: _, ...wanted } = folder.info
    t.deepEqual(facts, wanted)
    for (const level of zip.info.levels.keys()) same(t, await readLevel(zip, level), await readLevel(folder, level), `${name} ${level}`)
    for (const picture of zip.info.associated) same(t, (await zip.associated(picture)).data, (await folder.associated(picture)).data)
  }
  const slide = await openAt(t, await at(t, shards()))
  same(t, await readLevel(slide, 0), whole.data)
  same(t, await readLevel(slide, 1), secondLevel.data)
})

test('a folder that was packed itself is told how to be packed', async (t) => {
  const inside = Object.fromEntries(Object.entries(entries(zarrSeries())).map(([name, bytes]) => [`slide.zarr/${name}`, bytes]))
  const error = await t.throwsAsync<SlideError>(openAt(t, await at(t, zipFile(inside))), { code: 'SLIDE_MISSING' })
  t.is(error.hint, 'pack what lies in its folder, not the folder: zip -0 -r slide.ozx . in its folder')
})

test('with a comment, as RFC 9 of NGFF wants one, and wide numbers', async (t) => {
  const bytes = shards()
  const comment = Buffer.from('{"ome":{"version":"0.5","zipFile":{"centralDirectory":{"jsonFirst":true}}}}')
  const noted = Buffer.concat([bytes, comment])
  noted.writeUInt16LE(comment.length, bytes.length - 2)
  same(t, await readLevel(await openAt(t, await at(t, noted)), 0), whole.data)
  same(t, await readLevel(await openAt(t, await at(t, wide(bytes))), 0), whole.data)
})

/** The same with a list whose place, length and count, and the places of its entries, stand in 8 bytes each. */
function wide(bytes: Buffer): Buffer {
  const end = bytes.length - 22
  const [count, place] = [bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 16)]
  const list: Buffer[] = []
  for (let from = place; from < end; ) {
    const length = bytes.readUInt16LE(from + 28)
    const entry = Buffer.from(bytes.subarray(from, from + 46 + length))
    const more = Buffer.alloc(4 + 24)
    more.writeUInt16LE(1, 0)
    more.writeUInt16LE(24, 2)
    for (const [i, field] of [24, 20, 42].entries()) {
      more.writeBigUInt64LE(BigInt(entry.readUInt32LE(field)), 4 + 8 * i)
      entry.writeUInt32LE(0xffff_ffff, field)
    }
    entry.writeUInt16LE(more.length, 30)
    list.push(entry, more)
    from += 46 + length
  }
  const all = Buffer.concat(list)
  const large = Buffer.alloc(56)
  large.write('PK\x06\x06', 'latin1')
  for (const [field, value] of [
    [24, count],
    [32, count],
    [40, all.length],
    [48, place],
  ] as const)
    large.writeBigUInt64LE(BigInt(value), field)
  const locator = Buffer.alloc(20)
  locator.write('PK\x06\x07', 'latin1')
  locator.writeBigUInt64LE(BigInt(place + all.length), 8)
  const last = Buffer.from(bytes.subarray(end))
  last.writeUInt16LE(0xffff, 10)
  last.writeUInt32LE(0xffff_ffff, 12)
  last.writeUInt32LE(0xffff_ffff, 16)
  return Buffer.concat([bytes.subarray(0, place), all, large, locator, last])
}

test('who it is follows from its bytes, and costs no look inside', async (t) => {
  const [one, other] = [await at(t, series()), await at(t, series(), 'b.ozx')]
  const first = await identify(refTo(one), readers)
  t.is((await identify(refTo(other), readers)).head, first.head)
  t.deepEqual((await openAt(t, one)).identity, first)
})

test('on a web server: a request a chunk, and nothing but ranges', async (t) => {
  const server = await oddServer(series())
  t.teardown(() => server.close())
  const slide = await openAt(t, `${server.url}/a.ozx`)
  same(t, await readLevel(slide, 0), whole.data)
  t.true(server.seen.every(({ headers }) => headers.range !== undefined))
})

test('a server that fails in the middle fails the slide, and no tile of it', async (t) => {
  const server = await oddServer(series())
  t.teardown(() => server.close())
  const slide = await openAt(t, `${server.url}/a.ozx`)
  server.odd = (_, _request, response) => {
    response.writeHead(403).end()
    return true
  }
  const reading = slide.read(
    [{ region: { x: 0, y: 0, width: 64, height: 64 }, width: 64, height: 64, level: 0 }],
    [new Uint8Array(64 * 64 * 3)],
  )
  await t.throwsAsync(reading, { code: 'SLIDE_FORBIDDEN' })
})

async function refused(t: ExecutionContext, bytes: Uint8Array, code: string, message: RegExp): Promise<void> {
  const error = await t.throwsAsync<SlideError>(openAt(t, await at(t, bytes)))
  t.is(error.code, code, error.message)
  t.regex(error.message, message)
}

test('archives that are damaged, or not what they should be', async (t) => {
  const bytes = shards()
  const end = bytes.length - 22
  const list = bytes.readUInt32LE(end + 16)
  const changed = (change: (copy: Buffer) => unknown) => {
    const copy = Buffer.from(bytes)
    change(copy)
    return copy
  }
  await refused(t, bytes.subarray(0, bytes.length - 1), 'SLIDE_TRUNCATED', /no list of files at its end/)
  await refused(
    t,
    changed((copy) => copy.writeUInt32LE(0xffff_0000, end + 16)),
    'SLIDE_MALFORMED',
    /a list of \d+ files at byte 4294901760 that cannot be/,
  )
  await refused(
    t,
    changed((copy) => copy.writeUInt16LE(60_000, end + 10)),
    'SLIDE_MALFORMED',
    /60000 files .* that cannot be/,
  )
  await refused(
    t,
    changed((copy) => copy.writeUInt32LE(0xf000_0000, end + 12)),
    'SLIDE_TOO_LARGE',
    /in a list of 4026531840 bytes/,
  )
  await refused(
    t,
    changed((copy) => copy.write('XX', list, 'latin1')),
    'SLIDE_MALFORMED',
    /a list of files that ends with the 0th/,
  )
  await refused(
    t,
    changed((copy) => copy.writeUInt16LE(1, list + 8)),
    'SLIDE_MALFORMED',
    /encrypted/,
  )
  await refused(
    t,
    changed((copy) => copy.writeUInt32LE(list, list + 42)),
    'SLIDE_MALFORMED',
    /lies outside of it/,
  )
  await refused(
    t,
    changed((copy) => copy.writeUInt32LE(0xffff_fff0, list + 24)),
    'SLIDE_MALFORMED',
    /lies outside of it/,
  )
  await refused(
    t,
    changed((copy) => copy.write('XX', 0, 'latin1')),
    'SLIDE_UNSUPPORTED',
    /no slide or picture/,
  )
  await refused(t, zipFile(entries(zarrShards()), 'zarr.json'), 'SLIDE_MALFORMED', /zarr\.json whose checksum is another/)
  await refused(t, zipFile({ 'readme.txt': Buffer.from('x') }), 'SLIDE_MISSING', /no zarr.json, .zattrs or .zgroup/)
  const [first, ...rest] = zarrShards().map(({ path: name, bytes: data }) => [name, Buffer.from(data)] as const)
  const packed = zipFile(Object.fromEntries([[first![0], deflateRawSync(first![1])], ...rest]))
  packed.writeUInt16LE(8, packed.readUInt32LE(packed.length - 6) + 10)
  await refused(t, packed, 'SLIDE_UNSUPPORTED', new RegExp(`holds ${first![0].replaceAll('.', '\\.')} compressed \\(method 8\\)`))
})

test('of a name that comes twice the last counts, as zarr-python writes what it changes; an entry that lies elsewhere', async (t) => {
  const twice = zipFile({ 'zarr.jsoN': Buffer.from('{}'), ...entries(zarrShards()) })
  for (let first = twice.indexOf('zarr.jsoN'); first >= 0; first = twice.indexOf('zarr.jsoN')) twice.write('n', first + 8, 'latin1')
  same(t, await readLevel(await openAt(t, await at(t, twice)), 0), whole.data)
  const elsewhere = zipFile({ 'zarr.json': Buffer.from('{}') })
  elsewhere.write('XX', 4, 'latin1')
  elsewhere.writeUInt16LE(99, 26)
  await refused(t, elsewhere, 'SLIDE_MALFORMED', /no entry zarr\.json where its list says/)
})

test('a chunk whose checksum is another is the error of its tile', async (t) => {
  const { path: name } = zarrSeries().find(({ path: one }) => one.startsWith('0/0/0/'))!
  const slide = await openAt(t, await at(t, zipFile(entries(zarrSeries()), name)))
  const error = await t.throwsAsync<SlideError>(readLevel(slide, 0))
  t.regex(error.message, /checksum is another/)
})

test('a zip of another name stays what it is', async (t) => {
  const file = await at(t, series(), 'a.zip')
  await t.throwsAsync(openAt(t, file), { code: 'SLIDE_UNSUPPORTED', message: /ZIP archive/ })
})
