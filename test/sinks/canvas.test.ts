import test from 'ava'
import fc from 'fast-check'
import { metadataOf } from '../../src/sinks/common/metadata.js'
import { recordedContext } from '../../src/sinks/common/recorded.js'
import { canvasOf } from '../../src/sinks/picture/canvas.js'
import { memorySlide } from '../support/memory-slide.js'
import { contextOf, predictionColumns } from './tables.js'

const info = (width: number, height: number, mpp?: number) => ({
  ...memorySlide({ width: 2, height: 2 }).info,
  width,
  height,
  ...(mpp === undefined ? {} : { mpp: { x: mpp, y: mpp } }),
})
const codeOf = (work: () => unknown) => {
  try {
    work()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}

test('a canvas is bounded, whatever a slide says of its pixels; what is too large is refused by name before anything is written', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300_000 }), fc.integer({ min: 1, max: 300_000 }), fc.double({ min: 0 }), (width, height, mpp) => {
      const work = () => canvasOf(info(width, height, mpp), undefined)
      const code = codeOf(work)
      if (code !== undefined) return code === 'PICTURE_TOO_LARGE' || code === 'SLIDE_NO_RESOLUTION'
      const canvas = work()
      return canvas.width * canvas.height <= 2 ** 36 && Math.max(canvas.width, canvas.height) <= 2 ** 21
    }),
  )
  t.pass()
})

test('slides as scanners make them, at any usual resolution, are drawn', (t) => {
  // 260,000² pixels of 0.25 µm at baseline is below 2^36; a tile of 1000 px may be enlarged.
  t.is(
    codeOf(() => canvasOf(info(260_000, 260_000, 0.25), { value: 0.25, units: 'mpp' })),
    undefined,
  )
  t.is(
    codeOf(() => canvasOf(info(1000, 1000, 4), { value: 1, units: 'mpp' })),
    undefined,
  )
  t.is(
    codeOf(() => canvasOf(info(90_112, 65_536, 0.25), { value: 1, units: 'mpp' })),
    undefined,
  )
  // 72 pixels an inch are 352.8 µm: at 4 µm each pixel would become 88 × 88.
  t.is(
    codeOf(() => canvasOf(info(1280, 960, 25_400 / 72), undefined)),
    'PICTURE_TOO_LARGE',
  )
  t.is(
    codeOf(() => canvasOf(info(1280, 960, Number.POSITIVE_INFINITY), undefined)),
    'SLIDE_NO_RESOLUTION',
  )
})

test('a map made later from a table is as large as that of the run, and as a thumbnail at its resolution', (t) => {
  // The level of 250 x 216 is 4.007 times smaller (the mean of 1000 / 250 and 867 / 216): 250 × 4.007 / 16 is 62.6. Of the baseline it would be 62.5, to even.
  const levels = [1, 2, 4].map((by) => {
    const [width, height] = [Math.floor(1000 / by), Math.floor(867 / by)]
    return { width, height, downsample: { x: 1000 / width, y: 867 / height }, tile: { width: 128, height: 128 } }
  })
  const context = contextOf('a.parquet', predictionColumns)
  const slide = { ...context.slide, info: { ...info(1000, 867, 0.25), levels } }
  const recorded = recordedContext(metadataOf({ ...context, slide }), 'a.npy', new AbortController().signal)
  const at = { value: 4, units: 'mpp' } as const
  const ofRun = canvasOf(slide.info, at)
  t.deepEqual([ofRun.width, ofRun.height], [63, 54])
  t.deepEqual(canvasOf(recorded.slide.info, at), ofRun)
})
