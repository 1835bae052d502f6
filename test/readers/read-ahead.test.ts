/** Reading ahead: what will be read next is fetched meanwhile, once; pixels are the same whatever comes of it. */

import test from 'ava'
import fc from 'fast-check'
import { SlideError } from '../../src/core/errors.js'
import type { SlideInfo } from '../../src/core/slide.js'
import type { Region } from '../../src/geometry/region.js'
import { defaultLimits } from '../../src/readers/limits.js'
import { PictureReader } from '../../src/readers/picture-reader.js'
import { ReadAhead } from '../../src/readers/read-ahead.js'
import { OpenedSlide } from '../../src/readers/slide.js'
import { SourceFailed } from '../../src/readers/source-failed.js'
import { levelOf, type TileStore } from '../../src/readers/store.js'
import { type FarSource, farSource } from './far-source.js'
import { same } from './open-buffer.js'

const SIDE = 8
/** A slide of 12 × 12 tiles of one grey level each, in two pieces of 50 bytes: the first tell the level, the others lie behind all of those. */
const level = { width: 12 * SIDE, height: 12 * SIDE }
const bytes = Uint8Array.from({ length: 2 * 144 * 50 }, (_, i) => Math.floor(i / 50) % 144)
const store: TileStore = {
  levels: [levelOf(level.width, level.height, { width: SIDE, height: SIDE })],
  extents: (_, index) => [
    { offset: index * 50, length: 50 },
    { offset: (144 + index) * 50, length: 50 },
  ],
  decode: (_, index, [first, second], memory) => {
    if (first![0] !== index || second![49] !== index) throw new Error('other bytes than those of the tile')
    return { width: SIDE, height: SIDE, data: memory(SIDE * SIDE * 3).fill(index) }
  },
}
const readerOf = (source: FarSource, cacheBytes = 1e6) =>
  new PictureReader(store, source, { uri: 'far', cacheBytes, limits: defaultLimits })
const of = (box: Region) => ({ region: box, width: box.width, height: box.height })
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function painted({ x, y, width, height }: Region): Uint8Array {
  const out = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    const [column, row] = [Math.floor((x + (i % width)) / SIDE), Math.floor((y + Math.floor(i / width)) / SIDE)]
    out.fill(row * 12 + column, i * 3, i * 3 + 3)
  }
  return out
}

async function readAll(reader: PictureReader, boxes: readonly Region[]): Promise<Uint8Array[]> {
  const out = boxes.map(({ width, height }) => new Uint8Array(width * height * 3))
  const errors = await reader.read(boxes.map(of), out, {})
  const failed = errors.find((error) => error)
  if (failed) throw failed
  return out
}

const arbitraryBox = fc
  .record({ x: fc.nat(80), y: fc.nat(80), width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) })
  .map(({ x, y, width, height }) => ({ x, y, width: Math.min(width, 96 - x), height: Math.min(height, 96 - y) }))

test('any order of reads and of what is said ahead gives the pixels of the slide', async (t) => {
  const step = fc.record({
    boxes: fc.array(arbitraryBox, { minLength: 1, maxLength: 3 }),
    ahead: fc.boolean(),
    wait: fc.boolean(),
    fail: fc.nat(143),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.constantFrom(0, 2000, 1e6), fc.boolean(), async (steps, cacheBytes, inRanges) => {
      const source = farSource(bytes, { ms: 0 })
      const { apart, broken } = apartStore()
      const reader = inRanges
        ? readerOf(source, cacheBytes)
        : new PictureReader(apart, null, { uri: 'far', cacheBytes, limits: defaultLimits })
      for (const { boxes, ahead, wait: pause, fail } of steps) {
        source.broken.add(fail * 50)
        broken.add(fail)
        if (ahead) await reader.ahead(boxes.map(of))
        if (pause) await wait(1)
        source.broken.clear()
        broken.clear()
        if (ahead && pause) continue
        // What failed ahead is asked for again; when it is not broken any more it comes.
        for (const [i, pixels] of (await readAll(reader, boxes)).entries()) same(t, pixels, painted(boxes[i]!))
      }
      reader.close()
    }),
    { numRuns: 40 },
  )
})

test('what was fetched ahead is not asked for again, nor what is being read or kept', async (t) => {
  const source = farSource(bytes, { ms: 5 })
  const reader = readerOf(source)
  const [left, right] = [
    { x: 0, y: 0, width: 48, height: 8 },
    { x: 40, y: 0, width: 56, height: 8 },
  ]
  const reading = readAll(reader, [left])
  await reader.ahead([of(right)])
  await reading
  await wait(30)
  const asked = source.reads.length
  t.is(
    source.reads.reduce((sum, { length }) => sum + length, 0),
    12 * 100,
    'each of the 12 tiles once: the one they share is being read',
  )
  same(t, (await readAll(reader, [right]))[0]!, painted(right))
  t.is(source.reads.length, asked)
  await reader.ahead([of(left), of(right)])
  await wait(10)
  t.is(source.reads.length, asked, 'all of it is kept')
  t.is(reader.counts().bytesRead, 1200)
})

/** The same tiles where each is fetched by itself, and asked for `asked` times. */
function apartStore() {
  const asked = new Map<number, number>()
  const broken = new Set<number>()
  let most = 0
  let now = 0
  const apart: TileStore = {
    ...store,
    extents: () => [],
    far: true,
    atOnce: () => 8,
    async fetch(_, index) {
      asked.set(index, (asked.get(index) ?? 0) + 1)
      most = Math.max(most, ++now)
      await wait(2)
      now--
      if (broken.has(index)) throw new SourceFailed(new SlideError('SLIDE_UNREACHABLE', `tile ${index} cannot be had`))
      return [0, 144].map((first) => bytes.subarray((first + index) * 50, (first + index + 1) * 50))
    },
  }
  return { apart, asked, broken, most: () => most }
}

test('tiles that lie at no ranges are fetched ahead, half as many at once as are read, and once', async (t) => {
  const { apart, asked, broken, most } = apartStore()
  const reader = new PictureReader(apart, null, { uri: 'far', cacheBytes: 1e6, limits: defaultLimits })
  const rows = { x: 0, y: 0, width: 96, height: 24 }
  await reader.ahead([of(rows)])
  while (asked.size < 36) await wait(2)
  t.is(most(), 4)
  same(t, (await readAll(reader, [rows]))[0]!, painted(rows))
  const below = { x: 0, y: 16, width: 96, height: 16 }
  broken.add(36)
  await reader.ahead([of(below)])
  while (asked.size < 48) await wait(2)
  await wait(10)
  t.deepEqual([...asked.values()], Array(48).fill(1), 'the row that both share is kept')
  await t.throwsAsync(readAll(reader, [below]), { code: 'SLIDE_UNREACHABLE', message: 'tile 36 cannot be had' })
  broken.clear()
  same(t, (await readAll(reader, [below]))[0]!, painted(below))
  t.is(asked.get(36), 3)
  reader.close()
})

test('of tiles that lie at no ranges no more are begun when 8 MiB are held, others are read meanwhile, or the slide is closed', async (t) => {
  const MiB = 2 ** 20
  const ahead = new ReadAhead(null, () => undefined)
  const tile = (key: number) => ({ key, fetch: async () => [new Uint8Array(MiB)] })
  const here = new Set([1])
  ahead.begin([], { tiles: Array.from({ length: 20 }, (_, key) => tile(key)), atOnce: 2, isHere: (key) => here.has(key) })
  await wait(10)
  t.deepEqual(
    Array.from({ length: 20 }, (_, key) => key).filter((key) => ahead.has(key)),
    [0, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  ahead.begin([], { tiles: [30, 31, 32].map(tile), atOnce: 1, isHere: () => false })
  ahead.close()
  await wait(10)
  t.deepEqual(
    [30, 31, 32].filter((key) => ahead.has(key)),
    [],
  )
})

test('a range that fails ahead is told to who reads it, and only then', async (t) => {
  const source = farSource(bytes)
  const reader = readerOf(source)
  source.broken.add(0)
  const box = { x: 0, y: 0, width: 8, height: 8 }
  await reader.ahead([of(box)])
  await wait(20)
  await t.throwsAsync(readAll(reader, [box]), { message: /byte 0 cannot be had/ })
  source.broken.clear()
  same(t, (await readAll(reader, [box]))[0]!, painted(box))
})

test('what nobody asked for by the call after the next is let go; a call holds 8 MiB; closing ends what is on its way', async (t) => {
  const MiB = 2 ** 20
  const source = farSource(new Uint8Array(20 * MiB), { ms: 20 })
  let read = 0
  const ahead = new ReadAhead(source, (length) => {
    read += length
  })
  const tile = (key: number, length: number) => ({ key, offset: key * MiB, length, place: 0, of: 1 })
  ahead.begin([tile(0, 10)])
  ahead.begin([tile(1, 10)])
  t.deepEqual([ahead.has(0), ahead.has(1)], [true, true])
  ahead.begin(Array.from({ length: 10 }, (_, i) => tile(2 + i, MiB)))
  t.deepEqual([ahead.has(0), ahead.has(1), ahead.has(9), ahead.has(10)], [false, true, true, false])
  await wait(100)
  t.is(read, 20 + 8 * MiB)
  t.is((await ahead.take(9))?.[0]?.length, MiB)
  t.is(ahead.take(9), undefined)
  ahead.begin([tile(12, 10)])
  const late = ahead.take(12)
  ahead.close()
  t.is(await late, null)
  t.false(ahead.has(1))
})

test('what is told ahead while the first tiles are read by the faster decoder goes to the same reader: nothing is read or counted elsewhere', async (t) => {
  const source = farSource(bytes)
  let made = 0
  const faster = async () => {
    await wait(1)
    made++
    return store
  }
  const info = { compression: 'jpeg', associated: [], levels: store.levels } as unknown as SlideInfo
  const opened = { info, store, faster, source, pictures: {} }
  const ref = { kind: 'slide', id: 'far', uri: 'far', carried: {} } as const
  const slide = new OpenedSlide(ref, { bytes: 0, modified: 0, head: '' }, opened, { uri: 'far', cacheBytes: 1e6, limits: defaultLimits })
  const box = { x: 0, y: 0, width: 8, height: 8 }
  const out = new Uint8Array(8 * 8 * 3)
  const reading = slide.read([of(box)], [out], { decode: 'fast' })
  slide.ahead!([of({ ...box, x: 8 })], { decode: 'fast' })
  t.deepEqual(await reading, [null])
  same(t, out, painted(box))
  t.is(made, 1)
  t.is(slide.counts().tilesDecoded, 1)
  await slide.close()
})
