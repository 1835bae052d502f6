/** What is read while a slide is opened: right bytes whatever is kept, blocks asked for once, and all of it fit to be handed on. */

import test from 'ava'
import fc from 'fast-check'
import { BLOCK, BlockCache, bytesIn } from '../../src/readers/block-cache.js'
import type { Extent } from '../../src/readers/byte-source.js'

const bytes = Buffer.from(Uint32Array.from({ length: 3 * 2 ** 20 }, (_, i) => i * 2654435761).buffer)

function cacheOf(size = bytes.length) {
  const asked: Extent[] = []
  const cache = new BlockCache(
    size,
    async (offset, length) => {
      asked.push({ offset, length })
      await new Promise((resolve) => setImmediate(resolve))
      return bytes.subarray(offset, offset + length)
    },
    bytes.subarray(0, Math.min(BLOCK, size)),
  )
  return { cache, asked }
}

const read = (size: number) =>
  fc
    .tuple(fc.nat(size - 1), fc.oneof(fc.nat(100), fc.nat(BLOCK), fc.nat(3 * BLOCK)))
    .map(([offset, length]) => ({ offset, length: Math.min(length, size - offset) }))

test('reads at once or one after another give the bytes of the file, and what was read can be read without it', async (t) => {
  const size = 20 * BLOCK + 1234
  await fc.assert(
    fc.asyncProperty(fc.array(read(size), { maxLength: 30 }), fc.boolean(), async (reads, together) => {
      const { cache, asked } = cacheOf(size)
      const one = async ({ offset, length }: Extent) =>
        t.true(bytes.subarray(offset, offset + length).equals(await cache.read(offset, length)))
      if (together) await Promise.all(reads.map(one))
      else for (const extent of reads) await one(extent)
      const short = asked.filter(({ offset, length }) => offset % BLOCK === 0 && (length % BLOCK === 0 || offset + length === size))
      const blocks = short.flatMap(({ offset, length }) => Array.from({ length: Math.ceil(length / BLOCK) }, (_, i) => offset / BLOCK + i))
      t.is(new Set(blocks).size, blocks.length, 'no block twice')
      const pieces = await cache.soFar()
      for (const extent of reads)
        t.true(bytes.subarray(extent.offset, extent.offset + extent.length).equals(bytesIn(pieces, extent) ?? Buffer.of(1)))
    }),
    { numRuns: 40 },
  )
})

test('bytes that are not here are told from those that are', (t) => {
  const pieces = [
    { offset: 10, bytes: bytes.subarray(10, 20) },
    { offset: 20, bytes: bytes.subarray(20, 25) },
    { offset: 40, bytes: bytes.subarray(40, 50) },
  ]
  for (let offset = 0; offset < 55; offset++) {
    for (let length = 1; length < 20; length++) {
      const here = Array.from({ length }, (_, i) => offset + i).every((at) => (at >= 10 && at < 25) || (at >= 40 && at < 50))
      const found = bytesIn(pieces, { offset, length })
      t.is(found !== undefined, here, `${offset} ${length}`)
      if (found) t.true(bytes.subarray(offset, offset + length).equals(found))
    }
  }
})

test('of long reads 16 MiB are kept to be handed on', async (t) => {
  const cache = new BlockCache(2 ** 40, async (_, length) => new Uint8Array(length))
  for (let i = 0; i < 6; i++) t.is((await cache.read(i * 2 ** 30, 3 * 2 ** 20)).length, 3 * 2 ** 20)
  t.is((await cache.soFar()).length, 5)
})

test('a long piece that was named before comes once, when it was named; a short one with its block', async (t) => {
  const { cache, asked } = cacheOf()
  const long = { offset: 40 * BLOCK + 5, length: 3 * BLOCK }
  cache.soon(long.offset, long.length)
  cache.soon(long.offset, long.length)
  cache.soon(80 * BLOCK, 100)
  t.deepEqual(asked, [long])
  for (let i = 0; i < 2; i++)
    t.true(bytes.subarray(long.offset, long.offset + long.length).equals(await cache.read(long.offset, long.length)))
  t.deepEqual(asked, [long])
})

test('a long piece is taken from blocks that are here', async (t) => {
  const { cache, asked } = cacheOf()
  await cache.read(40 * BLOCK + 100, 10)
  const before = asked.length
  cache.soon(40 * BLOCK + 7, 3 * BLOCK)
  t.true(bytes.subarray(40 * BLOCK + 7, 43 * BLOCK + 7).equals(await cache.read(40 * BLOCK + 7, 3 * BLOCK)))
  t.is(asked.length, before)
  // One block more than is here.
  await cache.read(40 * BLOCK + 7, 4 * BLOCK)
  t.is(asked.length, before + 1)
})

test('no more than 4 MiB are fetched before they are needed', (t) => {
  let asked = 0
  const cache = new BlockCache(2 ** 40, async (_, length) => {
    asked += length
    return new Uint8Array(length)
  })
  for (let i = 0; i < 10; i++) cache.soon(i * 2 ** 30, 2 ** 20)
  t.is(asked, 4 * 2 ** 20)
})

test('a long piece that could not be had is asked for again', async (t) => {
  let asked = 0
  const cache = new BlockCache(bytes.length, async (offset, length) => {
    if (asked++ === 0) throw new Error('not now')
    return bytes.subarray(offset, offset + length)
  })
  cache.soon(5, 2 * BLOCK)
  await t.throwsAsync(cache.read(5, 2 * BLOCK), { message: 'not now' })
  t.true(bytes.subarray(5, 5 + 2 * BLOCK).equals(await cache.read(5, 2 * BLOCK)))
})

test('a block that cannot be had is asked for again', async (t) => {
  let asked = 0
  const cache = new BlockCache(bytes.length, async (offset, length) => {
    if (asked++ === 0) throw new Error('not now')
    return bytes.subarray(offset, offset + length)
  })
  await t.throwsAsync(cache.read(5, 5), { message: 'not now' })
  t.deepEqual(await cache.soFar(), [])
  t.true(bytes.subarray(5, 10).equals(await cache.read(5, 5)))
})
