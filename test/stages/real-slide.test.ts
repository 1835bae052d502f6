/** Grid, mask and extract on a real slide, against OpenSlide, OpenCV and scikit-image (golden/cmu_mask.py). */

import { overviewOf } from '../../src/core/overview.js'
import type { SlideRef } from '../../src/core/slide.js'
import { inTurns } from '../../src/flow/turn.js'
import { greyOf, histogramOf, otsuThreshold } from '../../src/geometry/otsu.js'
import { openSlide } from '../../src/readers/open.js'
import extractSpec from '../../src/stages/extract/spec.js'
import makeExtract from '../../src/stages/extract/stage.js'
import gridSpec from '../../src/stages/grid/spec.js'
import makeGrid from '../../src/stages/grid/stage.js'
import { maskOf } from '../../src/stages/mask/make.js'
import maskSpec, { type MaskOptions } from '../../src/stages/mask/spec.js'
import makeMask from '../../src/stages/mask/stage.js'
import { sharedTest } from '../shared-data.js'
import { all, contextFor, filledIn, from, planOf } from '../support/stage-context.js'

const cmu = 'wsi/aperio/CMU-1-Small-Region.svs'
const openCmu = (uri: string) => openSlide({ kind: 'slide', id: 'cmu', uri, carried: {} } satisfies SlideRef)

sharedTest('the tissue of a real slide is as large as OpenCV and scikit-image find it, with the same threshold', [cmu], async (t, file) => {
  const slide = await openCmu(file!)
  try {
    const overview = await overviewOf(slide, { width: 139, height: 185 })
    const grey = greyOf(overview.data)
    // OpenCV adds up 256 weighted pixels in single precision: a few of the 25,715 fall on the other side of a half.
    t.true(Math.abs(grey.reduce((a, b) => a + b, 0) - 5196027) <= 25)
    t.is(otsuThreshold(await inTurns(histogramOf(grey))), 183)
    const mask = await maskOf(slide, filledIn(maskSpec, {}, planOf('slide')) as MaskOptions, { signal: new AbortController().signal })
    t.deepEqual([mask!.width, mask!.height], [139, 185])
    t.is(mask!.pixels.total, 8683)
  } finally {
    await slide.close()
  }
})

sharedTest('the patches kept are those that TIAToolbox keeps; exact coverage keeps a few more', [cmu], async (t, file) => {
  const slide = await openCmu(file!)
  try {
    const grid = filledIn(gridSpec, { size: 224, at: '0.5 mpp' }, planOf('slide')) as Parameters<typeof makeGrid>[0]
    const kept = async (written: Record<string, unknown>) => {
      const options = filledIn(maskSpec, written, planOf('slide', { grid })) as MaskOptions
      return all(makeMask(options)(makeGrid(grid)(from([slide]), contextFor(slide)), contextFor(slide)))
    }
    const sum = (patches: readonly { index: number }[]) => patches.reduce((total, p) => total + p.index, 0)
    t.is((await all(makeGrid(grid)(from([slide]), contextFor(slide)))).length, 140)
    const any = await kept({ compat: 'tiatoolbox' })
    t.deepEqual([any.length, sum(any)], [82, 6002])
    const most = await kept({ compat: 'tiatoolbox', keep: '50 %' })
    t.deepEqual([most.length, sum(most)], [49, 4329])
    const exact = new Set((await kept({})).map((p) => p.index))
    t.true(any.every((p) => exact.has(p.index)))
    t.true(exact.size >= 82 && exact.size < 95)
    const extract = filledIn(extractSpec, {}, planOf('slide', { grid })) as Parameters<typeof makeExtract>[0]
    const images = await all(makeExtract(extract)(from(most), contextFor(slide)))
    t.true(images.every((i) => i.status === 'ok' && i.pixels[0]!.length === 224 * 224 * 3))
    const { tilesDecoded, tilesTouched } = slide.counts()
    t.true(tilesDecoded > 0 && tilesTouched > 0)
  } finally {
    await slide.close()
  }
})
