import { truncate } from 'node:fs/promises'
import test from 'ava'
import { coalesce, openFile } from '../../src/readers/byte-source.js'
import { fileOf } from './open-buffer.js'

const KiB = 1024

test('ranges with small gaps become one, up to 1 MiB, in the order of the file', (t) => {
  const extents = [
    { offset: 300 * KiB, length: 10 * KiB },
    { offset: 0, length: 100 },
    { offset: 64 * KiB + 100, length: 50 },
    { offset: 128 * KiB + 151, length: 50 },
  ]
  const ranges = coalesce(extents)
  t.deepEqual(
    ranges.map(({ offset, length, parts }) => [offset, length, parts.length]),
    [
      [0, 64 * KiB + 150, 2],
      [128 * KiB + 151, 50, 1],
      [300 * KiB, 10 * KiB, 1],
    ],
    'a gap of 64 KiB is bridged, one of a byte more is not',
  )
  const tiles = Array.from({ length: 100 }, (_, i) => ({ offset: i * 20 * KiB, length: 20 * KiB }))
  const merged = coalesce(tiles)
  t.true(merged.every(({ length }) => length <= 1024 * KiB))
  t.deepEqual([merged.length, merged.reduce((sum, { parts }) => sum + parts.length, 0)], [2, 100])
  t.deepEqual(
    coalesce([
      { offset: 5, length: 3_000_000 },
      { offset: 3_000_100, length: 20 },
    ]).map(({ length }) => length),
    [3_000_000, 20],
    'a large tile stays alone',
  )
})

test('exactly the bytes asked for; beyond the end is an error; an abort is honoured', async (t) => {
  const source = await openFile(await fileOf(t, Buffer.from('0123456789')))
  t.teardown(() => source.close())
  t.is(source.size, 10)
  t.is(Buffer.from(await source.read(3, 4)).toString(), '3456')
  t.is((await source.read(10, 0)).length, 0)
  await t.throwsAsync(source.read(8, 3), { code: 'SLIDE_TRUNCATED', message: /ends at byte 10, but bytes 8 to 11 are needed/ })
  t.is(((await t.throwsAsync(source.read(0, 1, AbortSignal.abort()), { any: true })) as Error).name, 'AbortError')
})

test('many reads: each its own bytes, those of a file that was cut meanwhile an error, and whoever else has something to do has his turn', async (t) => {
  const bytes = Buffer.from(Uint32Array.from({ length: 50_000 }, (_, i) => Math.imul(i, 0x9e3779b1)).buffer)
  const file = await fileOf(t, bytes)
  const source = await openFile(file)
  t.teardown(() => source.close())
  let turns = 0
  const every = setInterval(() => turns++, 1)
  const began = performance.now()
  let same = true
  for (let i = 0; i < 1000 || performance.now() - began < 200; i++) {
    const offset = (i * 7919) % 190_000
    const read = await source.read(offset, 1 + (i % 9000))
    same &&= bytes.subarray(offset, offset + read.length).equals(read) && read.length === 1 + (i % 9000)
  }
  clearInterval(every)
  t.true(same)
  t.true(turns > 0, 'nobody waits until all is read')
  const several = await Promise.all(Array.from({ length: 200 }, (_, i) => source.read(i * 900, 800)))
  t.true(several.every((read, i) => bytes.subarray(i * 900, i * 900 + 800).equals(read)))
  for (const length of [0, 1, 32_767, 32_768, 32_769, 150_000])
    t.true(bytes.subarray(7, 7 + length).equals(await source.read(7, length)), `${length}`)
  await truncate(file, 1000)
  t.is((await source.read(0, 1000)).length, 1000)
  await t.throwsAsync(source.read(500, 1000), { code: 'SLIDE_TRUNCATED', message: /byte 1000/ })
})
