/**
 * MRXS as OpenSlide 4 reads it: of level 0 every pixel, 0 that differ; of other levels too where photos lie on whole pixels of them. (Where they do
 * not, OpenSlide interpolates between pixels, and we round: there it is said how far both are apart.)
 */

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type MrxsOptions, mrxsSlide } from '../../fixtures/mrxs.js'
import type { Slide } from '../../src/core/slide.js'
import { openAt, readOne, same } from '../../test/readers/open-buffer.js'
import { sharedPath, sharedTest } from '../../test/shared-data.js'
import { ask, peerPython } from '../peers.js'

interface Said {
  readonly levels: readonly { readonly width: number; readonly height: number; readonly factor: number; readonly pixels: string }[]
  readonly associated: Readonly<Record<string, { readonly pixels: string }>>
  readonly mpp: number
  readonly power: number
}

/** `exact`: levels of which no pixel may differ. */
const made: Readonly<Record<string, MrxsOptions & { readonly exact: number }>> = {
  'as in fixtures': { exact: 1 },
  'with positions packed by zlib': { positions: 'zlib', exact: 1 },
  'without positions': { positions: 'none', exact: 1 },
  'in PNG, BMP and JPEG': { formats: ['PNG', 'BMP24', 'JPEG'], exact: 1 },
  'in BMP, JPEG and PNG': { formats: ['BMP24', 'JPEG', 'PNG'], exact: 1 },
  'on whole pixels of every level': { even: true, exact: 3 },
  'on whole pixels of every level, packed': { even: true, positions: 'zlib', formats: ['BMP24', 'PNG', 'JPEG'], exact: 3 },
}
const names = Object.keys(made)
const scanned = 'wsi/made/miraxjit.mrxs'
const files = (folder: string) => [
  ...names.map((_, i) => path.join(folder, `${i}`, 'tiny.mrxs')),
  ...(existsSync(sharedPath(scanned)) ? [sharedPath(scanned)] : []),
]
let folder = ''
let said: readonly Said[] = []

test.before('slides are made, and OpenSlide reads them', async (t) => {
  t.timeout(900_000)
  folder = await mkdtemp(path.join(tmpdir(), 'tiastream-mrxs-'))
  for (const [i, name] of names.entries()) {
    await mkdir(path.join(folder, `${i}`, 'tiny'), { recursive: true })
    for (const file of (await mrxsSlide(made[name])).files) await writeFile(path.join(folder, `${i}`, file.name), file.bytes)
  }
  const answer = await ask(await peerPython(), 'test-slow/readers/read_by_openslide.py', [folder, ...files(folder)])
  said = (answer as { readonly slides: readonly Said[] }).slides
})
test.after.always(() => folder !== '' && rm(folder, { recursive: true }))

for (const [i, name] of [...names, scanned].entries()) {
  const body = async (t: ExecutionContext) => {
    const slide = await openAt(t, files(folder)[i]!)
    const { levels, associated, mpp, power } = said[i]!
    const { info } = slide
    t.deepEqual([info.mpp!.x, info.power], [mpp, power])
    t.deepEqual(
      info.levels.map(({ width, height, downsample }) => [width, height, downsample.x]),
      levels.map(({ width, height, factor }) => [width, height, factor]),
    )
    for (const [level, { width, height, pixels }] of levels.entries()) {
      const [ours, theirs] = [await region(slide, level, 0, 0, width, height), await readFile(pixels)]
      if (level < (made[name]?.exact ?? 1)) same(t, ours, theirs, `level ${level}`)
      else t.log(`level ${level}: ${apart(ours, theirs)}`)
    }
    for (const [which, { pixels }] of Object.entries(associated))
      same(t, (await slide.associated(which)).data, await readFile(pixels), which)
  }
  if (i < names.length) test(`as OpenSlide reads it: a slide ${name}`, body)
  else sharedTest(`as OpenSlide reads it: ${name}`, [name], body)
}

/** Where tissue lies on it, in pixels of level 0. */
const bounds = [9153, 102_664, 10_439, 7641] as const
const real = 'wsi/mirax/Mirax2-Fluorescence-2.mrxs'
sharedTest('a real slide, where it was photographed: levels 2 to 9 differ by parts of a pixel', [real], async (t, uri) => {
  const slide = await openAt(t, uri!)
  const asked = slide.info.levels.slice(2).map(({ downsample: { x } }, i) => {
    const [left, top] = [Math.floor(bounds[0] / x), Math.floor(bounds[1] / x)]
    return { level: i + 2, x: left, y: top, width: Math.ceil(bounds[2] / x), height: Math.ceil(bounds[3] / x), factor: x }
  })
  const list = JSON.stringify(asked.map(({ level, x, y, width, height, factor }) => [level, x * factor, y * factor, width, height]))
  const theirs = (await ask(await peerPython(), 'test-slow/readers/regions_by_openslide.py', [folder, uri!, list])) as readonly string[]
  for (const [i, { level, x, y, width, height }] of asked.entries()) {
    const ours = await region(slide, level, x, y, width, height)
    const other = await readFile(theirs[i]!)
    t.log(`level ${level}: ${apart(ours, other)}`)
    // Moved by half a pixel at most and in all directions: of squares of 8 pixels little of it is left.
    const { mean, text } = compared(squares(ours, width, height), squares(other, width, height))
    t.log(`level ${level}, squares of 8: ${text}`)
    if (level <= 6) t.true(mean < 3, `level ${level}: ${text}`)
  }
})

/** From a place in pixels of the level. */
function region(slide: Slide, level: number, x: number, y: number, width: number, height: number): Promise<Uint8Array> {
  const { downsample } = slide.info.levels[level]!
  const at = { x: x * downsample.x, y: y * downsample.y, width: width * downsample.x, height: height * downsample.y }
  return readOne(slide, { region: at, width, height, level })
}

/** Means of squares of 8 pixels. */
function squares(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const [across, down] = [Math.floor(width / 8), Math.floor(height / 8)]
  const sums = new Float64Array(across * down * 3)
  for (let y = 0; y < down * 8; y++)
    for (let x = 0; x < across * 8; x++)
      for (let c = 0; c < 3; c++) sums[((y >> 3) * across + (x >> 3)) * 3 + c]! += rgb[(y * width + x) * 3 + c]!
  return Uint8Array.from(sums, (sum) => Math.round(sum / 64))
}

const apart = (ours: Uint8Array, theirs: Uint8Array) => compared(ours, theirs).text

function compared(ours: Uint8Array, theirs: Uint8Array): { readonly mean: number; readonly text: string } {
  let [sum, most, differing] = [0, 0, 0]
  for (const [i, value] of theirs.entries()) {
    const off = Math.abs(value - ours[i]!)
    sum += off
    if (off > 0) differing++
    if (off > most) most = off
  }
  const mean = sum / theirs.length
  const part = `${((100 * differing) / theirs.length).toFixed(1)} % of the samples`
  return { mean, text: `${part} differ, by ${mean.toFixed(2)} grey levels on average of all and ${most} at most` }
}
