/** Memory of tiles that is used again: bounded, by length, and in all never more than was in use at once. */

import test from 'ava'
import { CodecError } from '../../src/codecs/types.js'
import { pixelMemory } from '../../src/geometry/pixel-memory.js'
import { defaultLimits } from '../../src/readers/limits.js'
import { PictureReader } from '../../src/readers/picture-reader.js'
import { levelOf, type TileStore } from '../../src/readers/store.js'
import { TileMemory } from '../../src/readers/tile-memory.js'
import { openBytes } from './open-buffer.js'
import { buildTiff, pixels, rgbPage } from './tiff-builder.js'

test('what was given is taken again, by its length; the last one first', (t) => {
  const memory = new TileMemory(1000)
  const [a, b, c] = [memory.take(100), memory.take(100), memory.take(200)]
  for (const buffer of [a, b, c]) memory.give(buffer)
  t.is(memory.bytes, 400)
  t.is(memory.take(100), b)
  t.is(memory.take(100), a)
  t.is(memory.take(200), c)
  t.is(memory.bytes, 0)
})

test('no more is kept than it may', (t) => {
  const memory = new TileMemory(1000)
  const buffers = Array.from({ length: 15 }, () => memory.take(100))
  for (const buffer of buffers) memory.give(buffer)
  t.is(memory.bytes, 1000)
})

test('what is made anew takes the place of others: other tiles do not add up', (t) => {
  const memory = new TileMemory(1000)
  const buffers = Array.from({ length: 10 }, () => memory.take(100))
  for (const buffer of buffers) memory.give(buffer)
  const others = Array.from({ length: 4 }, () => memory.take(150))
  // 6 of 100 had to go for 4 of 150, or 8 where each new one takes two.
  t.true(memory.bytes <= 400 && memory.bytes >= 200, `${memory.bytes}`)
  for (const other of others) t.is(other.length, 150)
  for (let i = 0; i < 3; i++) memory.take(150)
  t.is(memory.bytes, 0)
  memory.take(5000)
  t.is(memory.bytes, 0)
})

test('slides one after the other, and side by side, keep their pixels', async (t) => {
  const bytes = buildTiff([rgbPage({ width: 160, height: 128 })])
  const read = async (slide: Awaited<ReturnType<typeof openBytes>>, x: number) => {
    const out = [0, 1, 2].map(() => new Uint8Array(48 * 48 * 3))
    const errors = await slide.read(
      out.map((_, i) => ({ region: { x: x + 16 * i, y: 8 * i, width: 48, height: 48 }, width: 48, height: 48 })),
      out,
    )
    t.deepEqual(errors, [null, null, null])
    for (const [i, picture] of out.entries()) t.deepEqual(Buffer.compare(picture, pixels(x + 16 * i, 8 * i, 48, 48)), 0)
  }
  for (let i = 0; i < 3; i++) {
    const [a, b] = [await openBytes(t, bytes, 'slide', { cacheBytes: 4000 }), await openBytes(t, bytes)]
    await Promise.all([read(a, 0), read(b, 40), read(a, 60), read(b, 8)])
    await a.close()
    await read(b, 33)
    await b.close()
  }
})

test('memory that a decoder took before it failed is there again: a slide whose tiles are all damaged takes no more than one does', async (t) => {
  const side = 64
  const tile = { width: side, height: side }
  const inMemory: boolean[] = []
  const store: TileStore = {
    levels: [levelOf(side * 100, side * 100, tile)],
    extents: () => [],
    decode: async (_level, _index, _parts, memory) => {
      inMemory.push(pixelMemory.holds(memory(2 ** 20)))
      throw new CodecError('as was to be expected')
    },
  }
  const reader = new PictureReader(store, null, { uri: 'a', cacheBytes: 2 ** 20, limits: defaultLimits })
  for (let i = 0; i < 300; i++) {
    const region = { x: (i % 100) * side, y: 0, ...tile }
    const [error] = await reader.read([{ region, ...tile }], [new Uint8Array(side * side * 3)], {})
    t.regex(`${error}`, /as was to be expected/)
  }
  t.is(inMemory.length, 300)
  t.true(inMemory.every((one) => one))
})
