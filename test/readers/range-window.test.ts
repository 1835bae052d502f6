/** Ranges in flight: in their order, no more at once than the source takes, no more bytes than are held. And how extents become ranges. */

import test from 'ava'
import fc from 'fast-check'
import { coalesce, type Extent, fromAfar, fromDisk, type Reading } from '../../src/readers/byte-source.js'
import { RangeWindow } from '../../src/readers/range-window.js'
import { farSource } from './far-source.js'

test('all ranges come in their order, at most `window` at once besides the one at work', async (t) => {
  const bytes = Uint8Array.from({ length: 500 }, (_, i) => i)
  const extent = fc.record({ offset: fc.nat(400), length: fc.integer({ min: 1, max: 100 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(extent, { maxLength: 40 }), fc.integer({ min: 1, max: 20 }), async (ranges, window) => {
      const source = farSource(bytes, { ms: 0, reading: { ...fromAfar, window } })
      const ranged = new RangeWindow(source, ranges)
      t.is(source.reads.length, Math.min(window, ranges.length), 'begun at once')
      for (const { offset, length } of ranges) t.deepEqual([...(await ranged.next())], [...bytes.subarray(offset, offset + length)])
      t.deepEqual(source.reads, ranges)
      t.true(source.most.reads <= window)
    }),
    { numRuns: 50 },
  )
})

test('from a disk the next long range is on its way while one is at work, and no other', async (t) => {
  const length = fromDisk.longest
  const source = farSource(new Uint8Array(length * 3), { reading: fromDisk })
  const ranges = [0, 1, 2].map((i) => ({ offset: i * length, length }))
  const window = new RangeWindow(source, ranges)
  for (const begun of [1, 2, 3]) {
    t.is(source.reads.length, begun)
    await window.next()
  }
  t.is(source.most.reads, 1)
})

test('from a disk some short ranges come side by side', async (t) => {
  const source = farSource(new Uint8Array(1000), { reading: fromDisk })
  const ranges = Array.from({ length: 20 }, (_, i) => ({ offset: i * 50, length: 10 }))
  const window = new RangeWindow(source, ranges)
  for (const { length } of ranges) t.is((await window.next()).length, length)
  t.is(source.most.reads, fromDisk.window)
})

test('bytes in flight are bounded, but a range of any length comes', async (t) => {
  const third = Math.ceil(fromAfar.inFlight / 3)
  const source = farSource(new Uint8Array(fromAfar.inFlight + third * 6))
  const ranges = [fromAfar.inFlight + 1, third, third, third, third].map((length) => ({ offset: 0, length }))
  const window = new RangeWindow(source, ranges)
  for (const { length } of ranges) t.is((await window.next()).length, length)
  t.is(source.most.bytes, fromAfar.inFlight + 1)
})

test('a range that fails is told in its turn, and nobody else hears of it', async (t) => {
  const source = farSource(new Uint8Array(100))
  source.broken.add(20)
  const window = new RangeWindow(
    source,
    [0, 20, 40].map((offset) => ({ offset, length: 10 })),
  )
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.is((await window.next()).length, 10)
  await t.throwsAsync(window.next(), { message: /byte 20/ })
})

test('ranges hold all extents, keep to gap, length and waste, and are as few as that allows', (t) => {
  const extent = fc.record({ offset: fc.nat(3000), length: fc.integer({ min: 1, max: 200 }) })
  const reading = fc.record({
    gap: fc.nat(300),
    longest: fc.integer({ min: 1, max: 1000 }),
    waste: fc.constantFrom(0, 0.1, 0.5, Number.POSITIVE_INFINITY),
  })
  const needed = (parts: readonly Extent[]) =>
    new Set(parts.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i))).size
  fc.assert(
    fc.property(fc.array(extent, { maxLength: 30 }), reading, (extents, { gap, longest, waste }) => {
      const ranges = coalesce(extents, { gap, longest, waste } as Reading)
      t.deepEqual(
        ranges.flatMap(({ parts }) => parts),
        [...extents].sort((a, b) => a.offset - b.offset),
      )
      for (const { offset, length, parts } of ranges) {
        t.is(offset, Math.min(...parts.map((part) => part.offset)))
        t.is(offset + length, Math.max(...parts.map((part) => part.offset + part.length)))
        // One that is longer already may hold another.
        const most = Math.max(longest, ...parts.map((part) => part.length))
        if (parts.length > 1) t.true(length <= most && length - needed(parts) <= waste * length)
      }
      for (const [i, range] of ranges.slice(1).entries()) {
        const before = ranges[i]!
        const first = range.parts[0]!
        const together = Math.max(before.length, first.offset + first.length - before.offset)
        const parts = [...before.parts, first]
        t.true(
          first.offset - (before.offset + before.length) > gap ||
            first.offset + first.length - before.offset > longest ||
            together - needed(parts) > waste * together,
          'it could not have been part of the one before',
        )
      }
    }),
  )
})
