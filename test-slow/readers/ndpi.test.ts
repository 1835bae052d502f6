/**
 * NDPI as OpenSlide 4 reads it: every pixel of every level that a file holds, 0 that differ. Slides made here have what no small real one has: sides
 * that no JPEG can say, places beyond 4 GiB, subsampled colours, no restart table, focal planes. (A table that is wrong at its first places, and
 * 4:2:0 with an interval in less than a row, OpenSlide 4.0.1 opens and does not read: test/readers/ndpi.test.ts has them.)
 */

import { existsSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { cutJpeg, type NdpiPage, ndpiOf, ndpiParts, tinyNdpi } from '../../fixtures/ndpi.js'
import type { Pixels } from '../../fixtures/pixels.js'
import { openAt, readLevel, same } from '../../test/readers/open-buffer.js'
import { sharedPath } from '../../test/shared-data.js'
import { ask, peerPython } from '../peers.js'

interface Said {
  readonly levels: readonly { readonly width: number; readonly height: number; readonly pixels: string }[]
  readonly associated: Readonly<Record<string, { readonly pixels: string }>>
  readonly mpp: number
  readonly power: number
}

const shared = ['wsi/hamamatsu/test3-DAPI-387.ndpi', 'wsi/made/small.ndpi'].filter((name) => {
  if (existsSync(sharedPath(name))) return true
  console.warn(`SKIPPED (absent: ../shared/data/${name}): as OpenSlide reads it`)
  return false
})

const made: Readonly<Record<string, () => Promise<Buffer | { readonly base: number; readonly pages: readonly NdpiPage[] }>>> = {
  'as in fixtures': async () => ndpiOf((await tinyNdpi()).pages),
  'beyond 4 GiB': async () => ({ base: 5 * 2 ** 30, pages: (await tinyNdpi()).pages }),
  'of 72,192 pixels across, whose JPEG says 0 x 0': async () => {
    const wide = await noise(72_192, 64)
    const { jpeg, starts } = await cutJpeg(wide, 512, { silent: true })
    return ndpiOf([{ ...wide, data: jpeg, starts, lens: 40 }, await macroPage()])
  },
  'in 4:2:2': subsampled,
  'without a restart table': async () => {
    const [{ starts: _, ...large }, ...rest] = (await tinyNdpi()).pages as [NdpiPage, ...NdpiPage[]]
    return ndpiOf([large, ...rest])
  },
  'of three focal planes': async () => {
    const { pages } = await tinyNdpi()
    const other = await cutJpeg(await noise(96, 64), 32)
    const plane = { ...pages[0]!, data: other.jpeg, starts: other.starts }
    return ndpiOf([pages[0]!, { ...plane, focus: -3000 }, { ...plane, focus: 3000 }, ...pages.slice(1)])
  },
}

const names = Object.keys(made)
let folder = ''
let said: readonly Said[] = []

test.before('slides are made, and OpenSlide reads them', async (t) => {
  t.timeout(900_000)
  folder = await mkdtemp(path.join(tmpdir(), 'tiastream-ndpi-'))
  for (const [i, name] of names.entries()) {
    const file = path.join(folder, `made-${i}.ndpi`)
    const slide = await made[name]!()
    if (Buffer.isBuffer(slide)) await writeFile(file, slide)
    else {
      const { head, rest } = ndpiParts(slide.pages, slide.base)
      const handle = await open(file, 'w')
      await handle.write(head, 0, head.length, 0)
      await handle.write(rest, 0, rest.length, slide.base)
      await handle.close()
    }
  }
  const files = [...names.map((_, i) => path.join(folder, `made-${i}.ndpi`)), ...shared.map(sharedPath)]
  const answer = await ask(await peerPython(), 'test-slow/readers/read_by_openslide.py', [folder, ...files])
  said = (answer as { readonly slides: readonly Said[] }).slides
})
test.after.always(() => folder !== '' && rm(folder, { recursive: true }))

for (const [i, name] of [...names, ...shared].entries()) {
  test(`as OpenSlide reads it: a slide ${name}`, async (t) => {
    const slide = await openAt(t, i < names.length ? path.join(folder, `made-${i}.ndpi`) : sharedPath(name))
    const { info } = slide
    const { levels, associated, mpp, power } = said[i]!
    t.true(Math.abs(info.mpp!.x - mpp) < 1e-9)
    t.is(info.power, power)
    for (const [level, { width, height }] of info.levels.entries()) {
      // It adds levels of its own.
      const theirs = levels.find((other) => other.width === width && other.height === height)!
      same(t, await readLevel(slide, level), await readFile(theirs.pixels), `level ${level}`)
    }
    for (const [which, { pixels }] of Object.entries(associated))
      same(t, (await slide.associated(which)).data, await readFile(pixels), which)
  })
}

/** Colours without any order: every decoder has to agree about every bit. */
async function noise(width: number, height: number): Promise<Pixels> {
  const data = new Uint8Array(width * height * 3)
  let seed = 1
  for (let i = 0; i < data.length; i++) {
    seed = (seed * 48_271) % 2_147_483_647
    data[i] = 100 + (seed & 63) + ((i / 97) & 31)
  }
  return { width, height, data }
}

async function macroPage(): Promise<NdpiPage> {
  return (await tinyNdpi()).pages[2]!
}

/** 4:2:2, which sharp does not know. */
async function subsampled(): Promise<Buffer> {
  const pixels = await noise(128, 96)
  const file = path.join(folder, 'noise.rgb')
  await writeFile(file, pixels.data)
  const answer = await ask(await peerPython(), 'test-slow/readers/make_restart_jpeg.py', [file, '128', '96', '2'])
  const jpeg = Buffer.from((answer as { readonly jpeg: string }).jpeg, 'base64')
  return ndpiOf([{ ...pixels, data: jpeg, starts: startsIn(jpeg), lens: 20 }, await macroPage()])
}

function startsIn(jpeg: Buffer): number[] {
  let at = 2
  while (jpeg[at + 1] !== 0xda) at += 2 + jpeg.readUInt16BE(at + 2)
  at += 2 + jpeg.readUInt16BE(at + 2)
  const starts = [at]
  for (; at < jpeg.length; at++) if (jpeg[at] === 0xff && (jpeg[at + 1]! & 0xf8) === 0xd0) starts.push(at + 2)
  return starts
}
