/** Patches of `compat: tiatoolbox` beside those that TIAToolbox itself reads of the same slides: on every level, between them, and over every edge. */

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { resolveOn } from '../../src/core/resolve.js'
import type { Slide } from '../../src/core/slide.js'
import { regionOf } from '../../src/geometry/grid.js'
import type { Units } from '../../src/geometry/resolution.js'
import { openSlide } from '../../src/readers/open.js'
import { sharedPath } from '../../test/shared-data.js'
import { ask, peerPython } from '../peers.js'

/** A box at a resolution; `width` × `height` is the whole slide there, as TIAToolbox counts. */
interface Asked {
  readonly how: 'bounds' | 'rect' | 'extractor'
  readonly value: number
  readonly units: Units
  readonly bounds: readonly [number, number, number, number]
  readonly slide: readonly [width: number, height: number]
}

interface Answer {
  readonly versions: { readonly tiatoolbox: string; readonly openslide: string; readonly opencv: string }
  readonly slides: readonly {
    readonly name: string
    readonly path: string
    readonly levels: readonly (readonly [width: number, height: number])[]
    readonly asked: readonly Asked[]
  }[]
}

const cmu = sharedPath('wsi/aperio/CMU-1-Small-Region.svs')

/** What the promise says. */
const greyLevels = 2

const title = 'within 2 grey levels of TIAToolbox at every resolution'
const names = ['one-level', 'aperio-3', 'odd-3', 'two-levels', 'noise', 'wide'] as const

if (!existsSync(cmu)) {
  console.warn(`SKIPPED (absent: CMU-1-Small-Region.svs): ${title}`)
  test.skip(title, (t) => t.pass())
} else {
  let folder = ''
  let answer: Answer
  test.before('TIAToolbox reads', async (t) => {
    t.timeout(900_000)
    folder = await mkdtemp(path.join(tmpdir(), 'tiastream-compat-'))
    answer = (await ask(await peerPython(), 'test-slow/compat/read_as_tiatoolbox.py', [cmu, folder])) as Answer
  })
  test.after.always(() => folder !== '' && rm(folder, { recursive: true }))

  test('it is TIAToolbox 2.1.3 on OpenSlide 4 and OpenCV 4', (t) => {
    const { tiatoolbox, openslide, opencv } = answer.versions
    t.log(`TIAToolbox ${tiatoolbox}, OpenSlide ${openslide}, OpenCV ${opencv}`)
    t.is(tiatoolbox, '2.1.3')
    t.regex(openslide, /^4\./)
    t.regex(opencv, /^4\./)
    const made = answer.slides.map(({ name }) => name)
    t.deepEqual(made, [...names])
  })

  for (const name of names) {
    test.serial(`${name}: ${title}`, async (t) => {
      t.timeout(600_000)
      const { path: file, levels, asked } = answer.slides.find((slide) => slide.name === name)!
      const slide = await openSlide(file)
      t.teardown(() => slide.close())
      t.deepEqual(
        slide.info.levels.map(({ width, height }) => [width, height]),
        levels,
      )
      await compare(t, slide, asked, await readFile(path.join(folder, `${name}.rgb`)))
    })
  }
}

async function compare(t: ExecutionContext, slide: Slide, asked: readonly Asked[], pixels: Uint8Array): Promise<void> {
  let [at, other, most] = [0, 0, 0]
  const read = new Set<number>()
  for (const { how, value, units, bounds, slide: size } of asked) {
    const { scale, level, width, height } = resolveOn(slide.info, { value, units })
    t.deepEqual([width, height], [...size], `${value} ${units}`)
    const [across, down] = [bounds[2] - bounds[0], bounds[3] - bounds[1]]
    const out = new Uint8Array(across * down * 3)
    const request = { region: regionOf(bounds, scale), width: across, height: down, level }
    const [error] = await slide.read([request], [out], { resampling: 'tiatoolbox' })
    if (error) throw error
    let worst = 0
    for (const v of out) {
      const off = Math.abs(v - pixels[at++]!)
      if (off > 0) other++
      if (off > worst) worst = off
    }
    t.true(worst <= greyLevels, `${how} of ${bounds} at ${value} ${units}, level ${level}: ${worst} grey levels`)
    most = Math.max(most, worst)
    read.add(level)
  }
  t.is(at, pixels.length)
  t.is(read.size, slide.info.levels.length, 'every level is read')
  t.log(`${asked.length} boxes: at most ${most}, ${((100 * other) / at).toFixed(3)} % of values differ`)
}
