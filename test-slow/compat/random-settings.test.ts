/**
 * Slides, masks and settings by chance beside TIAToolbox: the size of a slide at a resolution, the patches of a grid, which of them a mask leaves, and
 * what is read of them. `TIASTREAM_TEST_SEED=7` tries others.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { resolveOn } from '../../src/core/resolve.js'
import type { Slide } from '../../src/core/slide.js'
import { isEnough, Mask } from '../../src/geometry/coverage.js'
import { type Bounds, gridOver, patchesOf, regionOf } from '../../src/geometry/grid.js'
import type { Size } from '../../src/geometry/region.js'
import type { Resolved, Units } from '../../src/geometry/resolution.js'
import { openSlide } from '../../src/readers/open.js'
import { long } from '../long.js'
import { ask, peerPython } from '../peers.js'

type Pair = readonly [number, number]

interface Asked {
  readonly value: number
  readonly units: Units
  /** Of the slide at this resolution. */
  readonly size: Pair
  readonly patch: Pair
  readonly stride: Pair
  readonly within: boolean
  readonly mask?: Size & { readonly file: string; readonly share: number }
  readonly kept: readonly Bounds[]
  readonly read: readonly Bounds[]
}

type Answer = readonly { readonly path: string; readonly asked: readonly Asked[] }[]

/** What the README promises. */
const greyLevels = 2

test('settings by chance: the patches and the pixels of TIAToolbox', async (t) => {
  t.timeout(900_000)
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-chance-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const seed = process.env.TIASTREAM_TEST_SEED ?? '1'
  const slides = (await ask(await peerPython(), 'test-slow/compat/random_settings.py', [folder, seed, long ? '60' : '12'])) as Answer
  let [settings, patches, masks] = [0, 0, 0]
  for (const { path: file, asked } of slides) {
    const slide = await openSlide(file)
    try {
      const pixels = await readFile(file.replace(/svs$/, 'rgb'))
      let at = 0
      for (const one of asked) {
        const resolved = resolveOn(slide.info, one)
        const where = `${path.basename(file)} of seed ${seed} at ${one.value} ${one.units}`
        t.deepEqual([resolved.width, resolved.height], [...one.size], where)
        t.deepEqual(await keptOf(slide, resolved, one, folder), one.kept, where)
        at = await compareRead(t, slide, resolved, one, pixels, at)
        settings++
        patches += one.kept.length
        if (one.mask) masks++
      }
      t.is(at, pixels.length)
    } finally {
      await slide.close()
    }
  }
  t.log(`seed ${seed}: ${slides.length} slides, ${settings} settings, ${masks} masks, ${patches} patches`)
  t.true(settings > 3 * slides.length && masks > slides.length && patches > 20 * slides.length)
})

async function keptOf(slide: Slide, resolved: Resolved, { patch, stride, within, mask: drawn }: Asked, folder: string): Promise<Bounds[]> {
  const sizeOf = ([width, height]: Pair) => ({ width, height })
  const grid = gridOver(resolved, { patch: sizeOf(patch), stride: sizeOf(stride), within })
  const all = [...patchesOf(grid, resolved.scale)].map(({ bounds }) => bounds)
  if (!drawn) return all
  const mask = Mask.of({ ...drawn, data: await readFile(path.join(folder, drawn.file)) }, slide.info)
  return all.filter((bounds) => {
    const { set, area } = mask.truncated(bounds, resolved)
    return isEnough(set, area, drawn.share)
  })
}

/** Answers how many of the pixels were compared. */
async function compareRead(
  t: ExecutionContext,
  slide: Slide,
  { scale, level }: Resolved,
  { patch: [width, height], read, value, units }: Asked,
  pixels: Uint8Array,
  from: number,
): Promise<number> {
  let at = from
  for (const bounds of read) {
    const out = new Uint8Array(width * height * 3)
    const [error] = await slide.read([{ region: regionOf(bounds, scale), width, height, level }], [out], { resampling: 'tiatoolbox' })
    if (error) throw error
    let worst = 0
    for (const v of out) worst = Math.max(worst, Math.abs(v - pixels[at++]!))
    if (worst > greyLevels) t.fail(`${slide.info.id}: ${bounds} at ${value} ${units}, level ${level}: ${worst} grey levels`)
  }
  return at
}
