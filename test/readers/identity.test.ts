/** Who a file is. Where the blocks lie follows from the size alone: 64 KiB at each end, and 16 around the middles of 16 equal parts between. */

import { copyFile, cp, mkdir, open, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type SlideIdentity, type SlideRef, sameContent } from '../../src/core/slide.js'
import { identify as identifyWith } from '../../src/readers/identify.js'
import { readers } from '../../src/readers/registry.js'
import { tempFolder } from '../support/temp.js'

const KiB = 1024
const size = 20 * 1024 * KiB

const identify = (ref: SlideRef) => identifyWith(ref, readers)
const refOf = (uri: string): SlideRef => ({ kind: 'slide', id: 'a', uri, carried: {} })

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+')
  const byte = Buffer.alloc(1)
  await handle.read(byte, 0, 1, at)
  await handle.write(Buffer.of(byte[0]! ^ 1), 0, 1, at)
  await handle.close()
}

async function slideOf(t: ExecutionContext, bytes: number) {
  const folder = await tempFolder(t)
  const file = path.join(folder, 'a.svs')
  await writeFile(file, Buffer.alloc(bytes, 'slide'))
  return { folder, file, before: await identify(refOf(file)) }
}

test('a copy elsewhere, without its time, and a touched file are the same', async (t) => {
  const { folder, file, before } = await slideOf(t, size)
  await mkdir(path.join(folder, 'elsewhere'))
  const copy = path.join(folder, 'elsewhere/b.svs')
  await copyFile(file, copy)
  await utimes(copy, 1, 1)
  const there = await identify(refOf(copy))
  t.is(there.modified, 1000)
  t.true(sameContent(before, there))
  t.deepEqual({ ...there, modified: before.modified }, before)
})

test('a byte at either end or in any of the 16 blocks between is noticed', async (t) => {
  const { file, before } = await slideOf(t, size)
  const span = size - 128 * KiB
  const middles = Array.from({ length: 16 }, (_, i) => 64 * KiB + Math.floor(((i + 0.5) * span) / 16))
  for (const at of [0, 64 * KiB - 1, ...middles, ...middles.map((m) => m - 32 * KiB), size - 64 * KiB, size - 1]) {
    await flip(file, at)
    t.false(sameContent(before, await identify(refOf(file))), `byte ${at}`)
    await flip(file, at)
  }
  t.true(sameContent(before, await identify(refOf(file))), 'as it was')
})

test('what lies between the blocks is not: a slide is not read for it; more than a 16th of the file in one piece is', async (t) => {
  const { file, before } = await slideOf(t, size)
  const span = size - 128 * KiB
  const gap = 64 * KiB + Math.floor((1.5 * span) / 16) + 64 * KiB
  await flip(file, gap)
  t.true(sameContent(before, await identify(refOf(file))))
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(span / 16), 0, span / 16, gap)
  await handle.close()
  t.false(sameContent(before, await identify(refOf(file))))
})

test('of a file of up to 18 blocks every byte counts, and its size', async (t) => {
  for (const bytes of [1, 100, 64 * KiB, 64 * KiB + 1, 128 * KiB, 200_001, 18 * 64 * KiB]) {
    const { file, before } = await slideOf(t, bytes)
    for (let at = 0; at < bytes; at += Math.max(1, Math.floor(bytes / 23))) {
      await flip(file, at)
      t.false(sameContent(before, await identify(refOf(file))), `byte ${at} of ${bytes}`)
      await flip(file, at)
    }
  }
  const [{ before: short }, { before: long }] = [await slideOf(t, 1000), await slideOf(t, 1001)]
  t.false(sameContent(short, long))
})

test('a table of version 0.1 knows size and ends only: as far as both say', (t) => {
  const now: SlideIdentity = { bytes: 1, modified: 1, head: 'h', blocks: 'b' }
  t.true(sameContent({ bytes: 1, head: 'h' }, now))
  t.false(sameContent({ bytes: 1, head: 'i' }, now))
  t.false(sameContent({ ...now, blocks: 'c' }, now))
})

test('a DICOM series whose files were named anew is another slide, of the same bytes', async (t) => {
  const folder = await tempFolder(t)
  const series = async (at: string, names: readonly string[], last = 2) => {
    await mkdir(path.join(folder, at))
    for (const [i, name] of names.entries())
      await writeFile(path.join(folder, at, name), Buffer.concat([Buffer.alloc(128), Buffer.from(`DICM${i === 1 ? last : i}`)]))
    return identify(refOf(path.join(folder, at)))
  }
  const before = await series('x', ['0.dcm', '1.dcm'])
  const copy = await series('y', ['b.dcm', 'a.dcm'])
  t.false(sameContent(before, copy))
  t.is(before.nameless?.length, 64)
  t.is(copy.nameless, before.nameless)
  t.not((await series('z', ['0.dcm', '1.dcm'], 3)).nameless, before.nameless)
})

test('a set is its pictures in their order, wherever they lie; one changed byte of one of them makes it another', async (t) => {
  const folder = await tempFolder(t)
  const names = Array.from({ length: 70 }, (_, i) => `${i}.png`)
  const set = (at: string, order = names): SlideRef => ({
    ...refOf(at),
    kind: 'set',
    images: order.map((name) => ({ uri: path.join(folder, at, name) })),
  })
  await mkdir(path.join(folder, 'x'))
  for (const [i, name] of names.entries()) await writeFile(path.join(folder, 'x', name), Buffer.alloc(100 + i * 997, i))
  const before = await identify(set('x'))
  await cp(path.join(folder, 'x'), path.join(folder, 'y'), { recursive: true })
  for (const name of names) await utimes(path.join(folder, 'y', name), 5, 5)
  t.true(sameContent(before, await identify(set('y'))))
  t.is((await identify(set('y'))).modified, 5000)
  t.is(before.bytes, (100 + 100 + 69 * 997) * 35)
  t.false(sameContent(before, await identify(set('x', [...names].reverse()))), 'another order')
  for (const [name, at] of [
    ['0.png', 0],
    ['3.png', 3000],
    ['16.png', 16_000],
    ['69.png', 68_892],
  ] as const) {
    await flip(path.join(folder, 'x', name), at)
    t.false(sameContent(before, await identify(set('x'))), `${name}, byte ${at}`)
    await flip(path.join(folder, 'x', name), at)
  }
  t.false(sameContent(before, await identify(set('x', [...names, 'gone.png']))), 'a picture that is not there counts as that')
  await t.throwsAsync(identify(refOf(path.join(folder, 'gone.svs'))), { code: 'SLIDE_MISSING' })
})
