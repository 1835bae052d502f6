/** Slides whose tiles the file leaves out: white, read with turns of the event loop, and an overview does not look at them at all. */

import test from 'ava'
import { long, short, tiffOf } from '../../fixtures/tiff.js'
import { overviewOf } from '../../src/core/overview.js'
import type { Slide } from '../../src/core/slide.js'
import { openBytes, same } from '../../test/readers/open-buffer.js'
import { turnsDuring } from '../../test/support/turns.js'

/** RGB tiles of 64 × 64; those of the rows of tiles named here hold something. */
function sparse(width: number, height: number, filled: readonly number[] = []): Buffer {
  const [columns, rows] = [Math.ceil(width / 64), Math.ceil(height / 64)]
  const tile = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) & 255)
  const tiles = Array.from({ length: columns * rows }, (_, i) =>
    filled.includes(Math.floor(i / columns)) && i % 3 === 1 ? tile : new Uint8Array(0),
  )
  const tags = [
    long(256, width),
    long(257, height),
    short(258, 8, 8, 8),
    short(259, 1),
    short(262, 2),
    short(277, 3),
    short(284, 1),
    long(322, 64),
    long(323, 64),
  ]
  return tiffOf([{ tags, tiles, tiled: true }])
}

/** The same slide, which does not say what is blank. */
const unsaid = (slide: Slide): Slide => ({ ...slide, ref: slide.ref, info: slide.info, read: (...args) => slide.read(...args) }) as Slide

for (const [width, height, filled] of [
  [200, 2000, [3, 4, 30]],
  [640, 1280, [0, 19]],
  [129, 700, [10]],
] as const) {
  test(`an overview of ${width} x ${height} with ${filled.length} rows of tiles is the same, asked with and without what is blank`, async (t) => {
    const slide = await openBytes(t, sparse(width, height, filled))
    for (const share of [1, 0.999, 0.75, 0.5, 0.3, 0.1, 0.01]) {
      const size = { width: Math.max(1, Math.round(width * share)), height: Math.max(1, Math.round(height * share)) }
      same(t, (await overviewOf(slide, size)).data, (await overviewOf(unsaid(slide), size)).data, `${share}`)
    }
  })
}

test('what is left out is not read', async (t) => {
  const slide = await openBytes(t, sparse(200, 64_000, [500]))
  let read = 0
  const counted = unsaid(slide)
  const { data } = await overviewOf(
    Object.assign(counted, {
      blankRows: (level: number, y: number) => slide.blankRows!(level, y),
      read: (...args: Parameters<Slide['read']>) => {
        for (const { height } of args[0]) read += height
        return slide.read(...args)
      },
    }),
    { width: 2, height: 1000 },
  )
  // The one row of tiles, and what else is in the strip that it begins.
  t.true(read >= 64 && read < 64_000 / 2, `${read} rows`)
  t.is(data.filter((v) => v !== 255).length > 0, true)
})

test('many white patches: the loop turns', async (t) => {
  const slide = await openBytes(t, sparse(6400, 6400, [99]))
  const out = new Uint8Array(64 * 64 * 3)
  const work = async () => {
    for (let i = 0; i < 5000; i++)
      await slide.read([{ region: { x: 64 * (i % 100), y: 64 * (i % 97), width: 64, height: 64 }, width: 64, height: 64 }], [out])
  }
  // 5000 × 12 KiB are 58 MiB: fourteen times 4 MiB.
  t.true((await turnsDuring(work)) >= 14)
})

test('one large patch of tiles that are there: the loop turns within it', async (t) => {
  // Kept in the cache after the first read: then there is no waiting for a disk.
  const slide = await openBytes(
    t,
    sparse(
      640,
      64_000,
      Array.from({ length: 1000 }, (_, i) => i),
    ),
    'slide',
    { cacheBytes: 256 * 2 ** 20 },
  )
  const read = () =>
    slide.read([{ region: { x: 0, y: 0, width: 640, height: 64_000 }, width: 10, height: 1000 }], [new Uint8Array(10 * 1000 * 3)])
  await read()
  // 123 MB of pixels.
  t.true((await turnsDuring(read)) >= 28)
})

for (const [title, region, height] of [
  ['within', { x: 0, y: 0, width: 640, height: 6400 }, 100],
  ['around', { x: -700, y: -7000, width: 2100, height: 21_000 }, 70],
  ['at a corner', { x: 320, y: 3301, width: 640, height: 6407 }, 33],
] as const) {
  test(`a large patch ${title} a sparse slide is what its pixels give when they are shrunk at once`, async (t) => {
    const bytes = sparse(640, 6400, [2, 50, 51, 99])
    const request = { region, width: Math.round((region.width * height) / region.height), height }
    const [inBands, atOnce] = await Promise.all(
      [2 ** 20, 2 ** 30].map(async (scratchBytes) => {
        const slide = await openBytes(t, bytes, 'slide', { limits: { scratchBytes } })
        const out = new Uint8Array(request.width * request.height * 3)
        const [error] = await slide.read([request], [out])
        t.is(error, null)
        return out
      }),
    )
    same(t, inBands!, atOnce!)
  })
}
