/**
 * Slides of scanners as OpenSlide 4 reads them: sizes, factors, resolution, and every pixel of every level. Where the two differ, the test says by
 * how many pixels at most, and why.
 */

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { openAt, readLevel } from '../../test/readers/open-buffer.js'
import { sharedPath } from '../../test/shared-data.js'
import { ask, peerPython } from '../peers.js'

interface Picture {
  readonly width: number
  readonly height: number
  /** A file of RGB bytes. */
  readonly pixels: string
}

interface Said {
  readonly vendor: string
  readonly levels: readonly (Picture & { readonly factor: number })[]
  readonly associated: Readonly<Record<string, Picture>>
  readonly mpp: number | null
  readonly power: number | null
  readonly bounds: readonly [number, number, number, number] | null
}

interface Case {
  readonly file: string
  /** Where OpenSlide says nothing, or something else. */
  readonly vendor?: string
  readonly mpp?: null
  readonly power?: null
}

const ours = (name: string) => path.join(packageRoot, 'fixtures/scanners', name)

const cases: readonly Case[] = [
  { file: ours('philips.tif') },
  { file: sharedPath('wsi/made/philips.tiff') },
  // It looks for no magnification in what Huron writes.
  { file: ours('huron.tif'), power: null },
  { file: sharedPath('wsi/made/huron.tif'), power: null, mpp: null },
  { file: ours('argos.tif') },
  // It takes the resolution tags alone, which this file has not.
  { file: sharedPath('wsi/made/leica.scn'), mpp: null },
  { file: ours('leica.tif') },
  { file: ours('ventana.tif') },
  { file: ours('trestle.tif') },
  { file: sharedPath('wsi/made/trestle.tif') },
  { file: sharedPath('wsi/made/ventana.bif') },
  ...['420-rev', '422-irr', '422-rev', '444-rev'].map((name) => ({ file: sharedPath(`wsi/made/s33003-${name}.svs`) })),
]

const present = cases.filter(({ file }) => {
  if (existsSync(file)) return true
  console.warn(`SKIPPED (absent: ${path.basename(file)}): as OpenSlide reads it`)
  return false
})

let folder = ''
let answer: { readonly version: string; readonly slides: readonly Said[] }

test.before('OpenSlide reads', async (t) => {
  t.timeout(900_000)
  folder = await mkdtemp(path.join(tmpdir(), 'tiastream-openslide-'))
  const files = present.map(({ file }) => file)
  answer = (await ask(await peerPython(), 'test-slow/readers/read_by_openslide.py', [folder, ...files])) as typeof answer
})
test.after.always(() => folder !== '' && rm(folder, { recursive: true }))

test('it is OpenSlide 4', (t) => {
  t.log(answer.version)
  t.regex(answer.version, /^4\./)
})

for (const [i, one] of present.entries()) {
  test(`as OpenSlide reads it: ${path.relative(packageRoot, one.file)}`, async (t) => {
    const said = answer.slides[i]!
    const slide = await openAt(t, one.file)
    const { info } = slide
    t.is(info.vendor, one.vendor ?? said.vendor)
    t.deepEqual(
      info.levels.map(({ width, height }) => [width, height]),
      said.levels.map(({ width, height }) => [width, height]),
    )
    for (const [level, { factor }] of said.levels.entries()) {
      // It has one for both axes.
      const { x, y } = info.levels[level]!.downsample
      t.true(Math.abs((x + y) / 2 - factor) < 1e-9 * factor, `${x}, ${y}, ${factor}`)
    }
    if (one.mpp !== null) t.true(Math.abs(info.mpp!.x - said.mpp!) < 1e-6)
    if (said.bounds !== null) t.deepEqual([info.bounds!.x, info.bounds!.y, info.bounds!.width, info.bounds!.height] as const, said.bounds)
    if (one.power !== null) t.is(info.power, said.power!)
    for (const [level, { pixels }] of said.levels.entries()) {
      await equal(t, await readLevel(slide, level), pixels, `level ${level}`)
    }
    t.deepEqual([...info.associated], Object.keys(said.associated).sort())
    for (const [name, { width, height, pixels }] of Object.entries(said.associated)) {
      const picture = await slide.associated(name)
      t.deepEqual([picture.width, picture.height], [width, height])
      await equal(t, picture.data, pixels, name)
    }
  })
}

test('as tifffile reads it: QPTIFF, which OpenSlide does not know', async (t) => {
  const file = ours('qptiff.tif')
  const said = (await ask(await peerPython(), 'test-slow/readers/read_by_tifffile.py', [folder, file])) as Pick<
    Said,
    'levels' | 'associated'
  >
  const slide = await openAt(t, file)
  t.is(said.levels.length, slide.info.levels.length)
  for (const [level, { pixels }] of said.levels.entries()) await equal(t, await readLevel(slide, level), pixels, `level ${level}`)
  t.deepEqual([...slide.info.associated], Object.keys(said.associated).sort())
  for (const [name, { pixels }] of Object.entries(said.associated)) await equal(t, (await slide.associated(name)).data, pixels, name)
})

/** Pixels that differ, and by how much at most. */
async function equal(t: ExecutionContext, got: Uint8Array, file: string, what: string): Promise<void> {
  const wanted = await readFile(file)
  t.is(got.length, wanted.length, what)
  let [differing, most] = [0, 0]
  for (let i = 0; i < got.length; i += 3) {
    const off = Math.max(...[0, 1, 2].map((c) => Math.abs(got[i + c]! - wanted[i + c]!)))
    if (off > 0) differing++
    if (off > most) most = off
  }
  t.is(differing, 0, `${what}: ${differing} of ${got.length / 3} pixels differ, by ${most} at most`)
}
