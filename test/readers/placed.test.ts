/** Placed tiles: found by where they are, and painted one over the other, as a plain loop over all of them does it. */

import test from 'ava'
import fc from 'fast-check'
import { CodecError } from '../../src/codecs/types.js'
import type { Region, Size } from '../../src/geometry/region.js'
import { defaultLimits } from '../../src/readers/limits.js'
import { PictureReader } from '../../src/readers/picture-reader.js'
import { placementOf } from '../../src/readers/placement.js'
import { levelOf, type TileStore } from '../../src/readers/store.js'
import { sourceOf } from './files/source-of.js'
import { same } from './open-buffer.js'

const arbitraryPlace = (most: number) =>
  fc.record({
    x: fc.integer({ min: -20, max: most }),
    y: fc.integer({ min: -20, max: most }),
    width: fc.integer({ min: 1, max: 30 }),
    height: fc.integer({ min: 1, max: 30 }),
  })
const places = (tiles: readonly Region[]) => ({
  x: Int32Array.from(tiles, ({ x }) => x),
  y: Int32Array.from(tiles, ({ y }) => y),
  width: Int32Array.from(tiles, ({ width }) => width),
  height: Int32Array.from(tiles, ({ height }) => height),
})
const size = (most: number) => fc.record({ width: fc.integer({ min: 1, max: most }), height: fc.integer({ min: 1, max: most }) })

test('the tiles that meet a box are those that a look at each finds', (t) => {
  const cases = fc.record({ level: size(400), tiles: fc.array(arbitraryPlace(400), { maxLength: 60 }), box: arbitraryPlace(400) })
  fc.assert(
    fc.property(cases, ({ level, tiles, box }) => {
      const within = (at: number, length: number, from: number, to: number) => at < to && from < at + length
      // What lies outside of the level is never seen, so it need not be found.
      const left = Math.max(0, box.x)
      const top = Math.max(0, box.y)
      const right = Math.min(level.width, box.x + box.width)
      const bottom = Math.min(level.height, box.y + box.height)
      const seen = tiles.flatMap(({ x, y, width, height }, i) =>
        within(x, width, left, right) && within(y, height, top, bottom) && right > left && bottom > top ? [i] : [],
      )
      const found = placementOf(places(tiles), level).tilesIn(box)
      t.deepEqual(
        seen.filter((i) => !found.includes(i)),
        [],
      )
      t.true(
        found.every((tile, i) => i === 0 || tile > found[i - 1]!),
        'each once, ascending',
      )
      const meets = ({ x, y, width, height }: Region) =>
        within(x, width, box.x, box.x + box.width) && within(y, height, box.y, box.y + box.height)
      t.true(found.every((tile) => meets(tiles[tile]!)))
    }),
  )
})

test('a hostile placement costs no more than its tiles: all as large as the level, or all at one place', (t) => {
  // Whatever went through the places of such a level would not end.
  for (const [x, width] of [
    [0, 2 ** 20],
    [1000, 1],
    [-(2 ** 30), 2 ** 30],
    [2 ** 30, 5],
  ] as const) {
    const count = 10_000
    const of = { x: new Int32Array(count).fill(x), y: new Int32Array(count).fill(x), width, height: width }
    const level = { width: 2 ** 20, height: 2 ** 20 }
    const placement = placementOf(of, level)
    const found = placement.tilesIn({ x: 900, y: 900, width: 200, height: 200 }).length
    t.is(found, x === 0 || x === 1000 ? count : 0)
  }
})

/** Tiles of one grey level each; their extents are one byte in a file. `blank`: a tile without bytes; `broken`: one that does not decode. */
function storeOf(level: Size, tiles: readonly Region[], odd: { blank?: number; broken?: number } = {}): TileStore {
  return {
    levels: [levelOf(level.width, level.height, { width: 16, height: 16 })],
    placed: () => placementOf(places(tiles), level),
    extents: (_, index) => (index === odd.blank ? null : [{ offset: tiles.length - 1 - index, length: 1 }]),
    decode: (_, index, [bytes], memory) => {
      if (index === odd.broken) throw new CodecError('it is broken')
      const { width, height } = tiles[index]!
      // A picture may be larger than its part of the level.
      return { width: width + 2, height, data: memory((width + 2) * height * 3).fill(bytes![0]!) }
    },
  }
}

const readerOf = (store: TileStore, tiles: number, cacheBytes = 2000, scratchBytes = 3000) =>
  new PictureReader(store, sourceOf(Uint8Array.from({ length: tiles }, (_, i) => tiles - 1 - i)), {
    uri: 'placed',
    cacheBytes,
    limits: { ...defaultLimits, scratchBytes },
  })

/** White, then tile after tile, pixel by pixel. */
function painted(level: Size, tiles: readonly Region[], box: Region, without?: number): Uint8Array {
  const out = new Uint8Array(box.width * box.height * 3).fill(255)
  for (const [i, tile] of tiles.entries()) {
    if (i === without) continue
    for (let y = Math.max(0, tile.y); y < Math.min(level.height, tile.y + tile.height); y++) {
      for (let x = Math.max(0, tile.x); x < Math.min(level.width, tile.x + tile.width); x++) {
        if (x < box.x || y < box.y || x >= box.x + box.width || y >= box.y + box.height) continue
        out.fill(i, ((y - box.y) * box.width + x - box.x) * 3, ((y - box.y) * box.width + x - box.x + 1) * 3)
      }
    }
  }
  return out
}

test('pictures are those of painting tile over tile, whatever is cached, held or asked together', async (t) => {
  const cases = fc.record({
    level: size(120),
    tiles: fc.array(arbitraryPlace(120), { maxLength: 40 }),
    boxes: fc.array(arbitraryPlace(120), { minLength: 1, maxLength: 4 }),
    cacheBytes: fc.constantFrom(0, 2000, 1e6),
    scratchBytes: fc.constantFrom(1, 3000, 1e6),
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ level, tiles, boxes, cacheBytes, scratchBytes }) => {
      const reader = readerOf(storeOf(level, tiles), tiles.length, cacheBytes, scratchBytes)
      const out = boxes.map(({ width, height }) => new Uint8Array(width * height * 3))
      const requests = boxes.map((region) => ({ region, width: region.width, height: region.height }))
      for (let again = 0; again < 2; again++) {
        t.deepEqual(
          await reader.read(requests, out, {}),
          boxes.map(() => null),
        )
        for (const [i, box] of boxes.entries()) same(t, out[i]!, painted(level, tiles, box))
      }
    }),
    { numRuns: 60 },
  )
})

test('a large picture that is shrunk in bands shows the same', async (t) => {
  const level = { width: 128, height: 96 }
  const tiles = Array.from({ length: 60 }, (_, i) => ({ x: ((i * 37) % 130) - 10, y: ((i * 53) % 100) - 10, width: 25, height: 20 }))
  const region = { x: 0, y: 0, ...level }
  const pictures: Uint8Array[] = []
  for (const scratchBytes of [2000, 1e6]) {
    const out = new Uint8Array(32 * 24 * 3)
    t.deepEqual(await readerOf(storeOf(level, tiles), 60, 2000, scratchBytes).read([{ region, width: 32, height: 24 }], [out], {}), [null])
    pictures.push(out)
  }
  same(t, pictures[0]!, pictures[1]!)
  const whole = painted(level, tiles, region)
  const mean = (c: number) => Array.from({ length: 16 }, (_, i) => whole[((i >> 2) * 128 + (i & 3)) * 3 + c]!).reduce((a, b) => a + b) / 16
  t.true(Math.abs(pictures[0]![0]! - mean(0)) <= 0.5, 'an area of 4 × 4 pixels')
})

test('a tile without bytes hides nothing; one that does not decode fails the pictures that need it, by name', async (t) => {
  const level = { width: 60, height: 20 }
  const tiles = [0, 10, 40].map((x) => ({ x, y: 0, width: 20, height: 20 }))
  const box = { x: 0, y: 0, width: 30, height: 20 }
  const out = new Uint8Array(30 * 20 * 3)
  const request = { region: box, width: 30, height: 20 }
  const blank = readerOf(storeOf(level, tiles, { blank: 1 }), 3)
  t.deepEqual(await blank.read([request], [out], {}), [null])
  same(t, out, painted(level, tiles, box, 1))
  const right = { ...box, x: 30 }
  const errors = await readerOf(storeOf(level, tiles, { broken: 2 }), 3).read(
    [request, { ...request, region: right }],
    [out, new Uint8Array(30 * 20 * 3)],
    {},
  )
  t.is(errors[0], null)
  t.like(errors[1], { code: 'TILE_UNDECODABLE', message: 'placed: tile 2 of level 0 cannot be decoded: it is broken' })
})

test('rows where no tile lies are known to be white', async (t) => {
  const level = { width: 100, height: 100 }
  const reader = readerOf(storeOf(level, [{ x: 5, y: 40, width: 10, height: 10 }]), 1)
  t.deepEqual([await reader.blankRows(0, 0), await reader.blankRows(0, 45), await reader.blankRows(0, 50)], [32, 0, 50])
})

test('a level is prepared before it is used, and its placement asked for once', async (t) => {
  const level = { width: 60, height: 20 }
  const tiles = [{ x: 0, y: 0, width: 20, height: 20 }]
  const told: string[] = []
  let ready = false
  const store: TileStore = {
    ...storeOf(level, tiles),
    prepare: async (index) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      ready = true
      told.push(`prepare ${index}`)
    },
    placed: (index) => {
      if (!ready) throw new Error('too early')
      told.push(`placed ${index}`)
      return placementOf(places(tiles), level)
    },
  }
  const reader = readerOf(store, 1)
  t.is(await reader.blankRows(0, 0), 0)
  const out = new Uint8Array(60 * 20 * 3)
  for (let i = 0; i < 3; i++) await reader.read([{ region: { x: 0, y: 0, ...level }, ...level }], [out], {})
  t.deepEqual(told, ['prepare 0', 'placed 0'])
  same(t, out, painted(level, tiles, { x: 0, y: 0, ...level }))
})
