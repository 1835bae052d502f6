/** The fixtures are what `fixtures/make.ts` makes; readers give of each what its JSON says, and the error it names. */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import { type BrokenExpected, brokenFiles } from '../fixtures/broken-files.js'
import { slideSize } from '../fixtures/demo/anatomy.js'
import { paint } from '../fixtures/demo/paint.js'
import { picture } from '../fixtures/picture.js'
import { scannerFiles } from '../fixtures/scanner-files.js'
import { type SmallExpected, smallFiles } from '../fixtures/small-files.js'
import { SlideError } from '../src/core/errors.js'
import { packageRoot } from '../src/core/package-root.js'
import type { Slide } from '../src/core/slide.js'
import { openSlide } from '../src/readers/open.js'

const folder = path.join(packageRoot, 'fixtures')
const names = (kind: string) =>
  readdirSync(path.join(folder, kind))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5))
const expectedOf = <T>(kind: string, name: string) => JSON.parse(readFileSync(path.join(folder, kind, `${name}.json`), 'utf8')) as T
const opened = (kind: string, name: string): Promise<Slide> =>
  openSlide({ kind: 'slide', id: name, uri: path.join(folder, kind, `${name}.tif`), carried: {} })

async function whole(slide: Slide): Promise<Uint8Array> {
  const { width, height } = slide.info
  const out = new Uint8Array(width * height * 3)
  const [failed] = await slide.read([{ region: { x: 0, y: 0, width, height }, width, height }], [out])
  if (failed) throw failed
  return out
}

function difference(a: Uint8Array, b: Uint8Array): { most: number; mean: number } {
  let [most, sum] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    const off = Math.abs(a[i]! - b[i]!)
    sum += off
    if (off > most) most = off
  }
  return { most, mean: sum / a.length }
}

test('make.ts gives the files that are here: bytes, or where a library compresses, pixels', async (t) => {
  for (const [kind, files] of [
    ['small', await smallFiles()],
    ['broken', await brokenFiles()],
    ['scanners', scannerFiles()],
  ] as const) {
    t.deepEqual(files.map(({ name }) => name).sort(), names(kind).sort())
    for (const { name, bytes, expected, ...file } of files) {
      const ending = 'ending' in file ? file.ending : 'tif'
      t.deepEqual(JSON.parse(JSON.stringify(expected)), expectedOf(kind, name), name)
      // What sharp and zlib write differs between their versions; those files are checked by their pixels below.
      if (!/jpeg|webp|deflate/.test(name)) t.true(bytes.equals(readFileSync(path.join(folder, kind, `${name}.${ending ?? 'tif'}`))), name)
    }
  }
})

test('picture.png shows the picture', async (t) => {
  const { data } = await sharp(path.join(folder, 'small/picture.png')).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  t.true(data.equals(picture()))
})

for (const name of names('small')) {
  const expected = expectedOf<SmallExpected>('small', name)
  test(`small/${name}: ${expected.about}`, async (t) => {
    const slide = await opened('small', name)
    t.teardown(() => slide.close())
    const { info } = slide
    t.deepEqual([info.width, info.height], [expected.width, expected.height])
    t.deepEqual(
      info.levels.map((l) => [l.width, l.height] as const),
      [...expected.levels],
    )
    t.deepEqual([info.levels[0]!.tile.width, info.levels[0]!.tile.height] as const, expected.tile)
    t.is(info.compression, expected.compression)
    t.is(info.mpp?.x ?? null, expected.mpp)
    const { most, mean } = difference(await whole(slide), picture())
    t.true(most <= expected.off.most && mean <= expected.off.mean, `off by ${most}, ${mean} in the mean`)
  })
}

for (const name of names('broken')) {
  const expected = expectedOf<BrokenExpected>('broken', name)
  test(`broken/${name}: ${expected.about}`, async (t) => {
    if (expected.when === 'open') {
      const error = await t.throwsAsync(opened('broken', name), { instanceOf: SlideError, code: expected.code })
      t.regex(error!.message, new RegExp(`broken.${name}.tif`), 'the message names the file')
      return
    }
    const slide = await opened('broken', name)
    t.teardown(() => slide.close())
    const [column, row] = expected.tile!
    const requests = Array.from({ length: 9 }, (_, i) => ({
      region: { x: (i % 3) * 32, y: Math.floor(i / 3) * 32, width: 32, height: 32 },
      width: 32,
      height: 32,
    }))
    const answers = await slide.read(
      requests,
      requests.map(() => new Uint8Array(32 * 32 * 3)),
    )
    for (const [i, answer] of answers.entries()) {
      if (i === row * 3 + column) t.is((answer as SlideError | null)?.code, expected.code)
      else t.is(answer, null)
    }
  })
}

test('the demo slide has its size, resolution and levels, and shows what is painted', async (t) => {
  const slide = await opened('slides', 'demo')
  t.teardown(() => slide.close())
  t.deepEqual([slide.info.width, slide.info.height], [slideSize.width, slideSize.height])
  t.deepEqual(slide.info.mpp, { x: 0.5, y: 0.5 })
  t.deepEqual(
    slide.info.levels.map((l) => l.width),
    [7168, 3584, 1792, 896, 448, 224],
  )
  for (const [x, y] of [
    [1536, 1792],
    [4096, 1536],
    [5632, 3840],
  ] as const) {
    const out = new Uint8Array(256 * 256 * 3)
    await slide.read([{ region: { x, y, width: 256, height: 256 }, width: 256, height: 256 }], [out])
    const { mean } = difference(out, paint(x, y, 256, 256))
    t.true(mean < 6, `off by ${mean} in the mean at ${x}, ${y}`)
  }
})

test('a block of the demo slide does not depend on how the slide is cut', (t) => {
  const [large, small] = [paint(1800, 1900, 96, 64), paint(1832, 1916, 40, 30)]
  for (let y = 0; y < 30; y++) {
    t.deepEqual(small.subarray(y * 120, (y + 1) * 120), large.subarray(((y + 16) * 96 + 32) * 3, ((y + 16) * 96 + 72) * 3))
  }
})

test('all fixtures together stay below 6 MB', (t) => {
  const files = ['slides', 'small', 'broken', 'scanners'].flatMap((kind) =>
    readdirSync(path.join(folder, kind)).map((name) => path.join(folder, kind, name)),
  )
  const bytes = files.reduce((sum, file) => sum + readFileSync(file).length, 0)
  t.true(bytes < 6e6, `${bytes} bytes`)
})
