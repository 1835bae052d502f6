/** Patches of `compat: tiatoolbox` beside those that TIAToolbox itself reads of the same slides, on every level and between them. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { resolveOn } from '../../src/core/resolve.js'
import type { Slide } from '../../src/core/slide.js'
import { regionOf } from '../../src/geometry/grid.js'
import type { Units } from '../../src/geometry/resolution.js'
import { openSlide } from '../../src/readers/open.js'
import { sharedPath } from '../../test/shared-data.js'
import { toolboxPython } from './python.js'

interface Wanted {
  readonly value: number
  readonly units: Units
  readonly bounds: readonly [number, number, number, number]
}

interface Facts {
  readonly downsamples: readonly number[]
  readonly dimensions: readonly (readonly [number, number])[]
  readonly mpp: readonly [number, number]
}

const run = promisify(execFile)
const cmu = sharedPath('wsi/aperio/CMU-1-Small-Region.svs')
const python = await toolboxPython()
const compare = python !== null && existsSync(cmu) ? test.serial : test.serial.skip
if (python === null) console.warn('SKIPPED (absent: TIAToolbox): patches beside those of TIAToolbox')
if (!existsSync(cmu)) console.warn('SKIPPED (absent: CMU-1-Small-Region.svs): patches beside those of TIAToolbox')

const size = 224

/** Corners over the whole slide at a resolution, odd ones, and some that overhang it. */
function patchesAt(slide: Slide, value: number, units: Units, edge = size): Wanted[] {
  const { width, height } = resolveOn(slide.info, { value, units })
  const spread = (length: number) =>
    [0, 1, 37, Math.floor(length / 3), Math.floor(length * 0.61) + 1, length - edge, length - 90].filter(
      (v, i, all) => v >= 0 && all.indexOf(v) === i,
    )
  return spread(height).flatMap((y) => spread(width).map((x): Wanted => ({ value, units, bounds: [x, y, x + edge, y + edge] })))
}

async function theirs(
  slide: string,
  patches: readonly Wanted[],
  folder: string,
  make?: object,
): Promise<{ facts: Facts; pixels: Uint8Array }> {
  const job = path.join(folder, 'job.json')
  const out = path.join(folder, 'pixels')
  await writeFile(job, JSON.stringify({ slide, patches, out, make }))
  const script = path.join(packageRoot, 'test-slow', 'compat', 'read_patches.py')
  const { stdout } = await run(python!, [script, job], { maxBuffer: 2 ** 24 })
  return { facts: JSON.parse(stdout), pixels: await readFile(out) }
}

async function ours(slide: Slide, patches: readonly Wanted[]): Promise<Uint8Array[]> {
  const pixels: Uint8Array[] = []
  for (const { value, units, bounds } of patches) {
    const { scale, level } = resolveOn(slide.info, { value, units })
    const [width, height] = [bounds[2] - bounds[0], bounds[3] - bounds[1]]
    const out = new Uint8Array(width * height * 3)
    const [error] = await slide.read([{ region: regionOf(bounds, scale), width, height, level }], [out], { resampling: 'tiatoolbox' })
    if (error) throw error
    pixels.push(out)
  }
  return pixels
}

/** Largest difference, and the share of values that differ, for each resolution. */
function differences(
  patches: readonly Wanted[],
  mine: readonly Uint8Array[],
  their: Uint8Array,
): Map<string, { most: number; share: number }> {
  const found = new Map<string, { most: number; other: number; all: number }>()
  let at = 0
  for (const [i, { value, units }] of patches.entries()) {
    const key = `${value} ${units}`
    const sum = found.get(key) ?? { most: 0, other: 0, all: 0 }
    for (const v of mine[i]!) {
      const off = Math.abs(v - their[at++]!)
      if (off > 0) sum.other++
      if (off > sum.most) sum.most = off
    }
    sum.all += mine[i]!.length
    found.set(key, sum)
  }
  return new Map([...found].map(([key, { most, other, all }]) => [key, { most, share: other / all }]))
}

const resolutions: readonly (readonly [number, Units])[] = [
  [1, 'baseline'],
  [0.7, 'baseline'],
  [0.5, 'baseline'],
  [0.31, 'baseline'],
  [1 / 7, 'baseline'],
  [0.12, 'baseline'],
  [1.3, 'baseline'],
  [2, 'baseline'],
  [0, 'level'],
  [1, 'level'],
  [2, 'level'],
  [0.5, 'mpp'],
  [1, 'mpp'],
  [1.1, 'mpp'],
  [3.5, 'mpp'],
  [0.3, 'mpp'],
]

async function check(t: import('ava').ExecutionContext, name: string, make: object | null) {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-compat-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = make === null ? cmu : path.join(folder, `${name}.svs`)
  if (make !== null) await theirs(file, [], folder, make)
  const slide = await openSlide(file)
  t.teardown(() => slide.close())
  const levels = slide.info.levels.length
  const patches = resolutions.filter(([v, u]) => u !== 'level' || v < levels).flatMap(([v, u]) => patchesAt(slide, v, u))
  const { facts, pixels } = await theirs(file, patches, folder)
  t.is(levels, facts.downsamples.length)
  const found = differences(patches, await ours(slide, patches), pixels)
  for (const [at, { most, share }] of found) t.log(`${name}, ${at}: at most ${most}, ${(share * 100).toFixed(3)} % differ`)
  for (const [at, { most }] of found) t.true(most <= 2, `${name} at ${at}: ${most} grey levels`)
}

compare('CMU-1 through OpenSlide: within 2 grey levels at every resolution', (t) => check(t, 'CMU-1', null))

compare('a pyramid of odd sizes through OpenSlide: within 2 grey levels on every level and between them', (t) =>
  check(t, 'pyramid', { from: cmu, noise: false }),
)

compare('the same pyramid of noise, whose neighbours differ most', (t) => check(t, 'noise', { from: cmu, noise: true }))
