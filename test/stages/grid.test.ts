/** The grid stage: patches as TIAToolbox lays them on slides and tiles, options filled in from the model. */

import test from 'ava'
import type { Patch } from '../../src/core/items.js'
import spec from '../../src/stages/grid/spec.js'
import makeGrid from '../../src/stages/grid/stage.js'
import { memorySlide } from '../support/memory-slide.js'
import { all, cardWith, contextFor, filledIn, from, head, planOf } from '../support/stage-context.js'

const half = { value: 0.5, units: 'mpp' } as const

async function patches(slide: ReturnType<typeof memorySlide>, written: Record<string, unknown>): Promise<Patch[]> {
  const options = filledIn(spec, written, planOf(slide.info.kind)) as Parameters<typeof makeGrid>[0]
  return all(makeGrid(options)(from([slide]), contextFor(slide)))
}

test('bounds at the resolution, region in baseline pixels, level of the resolution', async (t) => {
  const slide = memorySlide({ width: 900, height: 700, mpp: 0.499, levels: [1, 4] })
  const found = await patches(slide, { size: 224, at: '0.5 mpp' })
  // round(900 × 0.998) = 898 wide and round(700 × 0.998) = 699 high: 5 by 4.
  t.is(found.length, 20)
  t.deepEqual(found[11], {
    slide: 'memory',
    index: 11,
    column: 1,
    row: 2,
    bounds: [224, 448, 448, 672],
    region: { x: 225, y: 449, width: 225, height: 225 },
    level: 0,
    notes: {},
  })
  t.deepEqual([...new Set((await patches(slide, { size: 64, at: '2 mpp' })).map((p) => p.level))], [1])
})

for (const [mpp, at, told] of [
  [2, '0.5 mpp', /enlarged 4 times for 0\.5 mpp/],
  [0.499, '0.25 mpp', /enlarged 2 times/],
  [0.65, '0.5 mpp', null],
] as const) {
  test(`a slide of ${mpp} µm at ${at}: ${told ? 'a warning' : 'none'}`, async (t) => {
    const slide = memorySlide({ width: 90, height: 70, mpp })
    const context = contextFor(slide)
    const said: string[] = []
    const options = filledIn(spec, { size: 224, at }, planOf('slide')) as Parameters<typeof makeGrid>[0]
    await all(
      makeGrid(options)(from([slide]), { ...context, tell: (event) => void (event.type === 'warning' && said.push(event.message)) }),
    )
    t.is(said.length, told ? 1 : 0)
    if (told) t.regex(said[0]!, told)
  })
}

test('inside only, with a stride, width before height', async (t) => {
  const slide = memorySlide({ width: 9, height: 6, kind: 'tile' })
  t.deepEqual(
    (await patches(slide, { size: [4, 2], stride: [4, 3], within: true })).map((p) => p.bounds),
    [
      [0, 0, 4, 2],
      [4, 0, 8, 2],
      [0, 3, 4, 5],
      [4, 3, 8, 5],
    ],
  )
})

test('a slide without resolution is an error that names the slide and the remedy', async (t) => {
  const slide = memorySlide({ width: 90, height: 60 })
  const error = await t.throwsAsync(patches(slide, { size: 32, at: '0.5 mpp' }), {
    message: /memory.memory does not say how large a pixel is/,
  })
  t.like(error, { family: 'SlideError', code: 'SLIDE_NO_RESOLUTION', at: { slide: 'memory' } })
  t.regex((error as { hint?: string }).hint ?? '', /^set mpp beside the glob or the list, /)
  t.is((await patches(slide, { size: 32, at: 'baseline' })).length, 6)
  await t.throwsAsync(patches(slide, { size: 32, at: 'level 3' }), { message: /no level 3: it has 1/ })
})

test('more patches than can be numbered are refused', async (t) => {
  const slide = memorySlide({ width: 4, height: 4, kind: 'tile' })
  const huge = { ...slide, info: { ...slide.info, width: 100_000, height: 100_000 } }
  await t.throwsAsync(patches(huge, { size: 32, stride: 1 }), { message: /10000000000 patches/ })
})

test('size, stride and resolution come from the model', (t) => {
  const cards = {
    m: cardWith([head(224, 200, { at: half })], { stride: 112 }),
    other: cardWith([head(96, 96, { at: { value: 1, units: 'mpp' } })]),
  }
  const plan = planOf('slide', { infer: { model: 'm' } }, cards)
  t.like(filledIn(spec, {}, plan), { size: [224, 200], stride: [112, 112], at: half })
  t.like(filledIn(spec, { stride: 50, at: '20x' }, plan), { size: [224, 200], stride: [50, 50], at: { value: 20, units: 'power' } })
  t.like(filledIn(spec, { size: 300 }, plan), { size: [300, 300], stride: [300, 300], at: half })
  t.like(filledIn(spec, { like: 'other' }, plan), { size: [96, 96], stride: [96, 96], at: { value: 1, units: 'mpp' } })
  t.like(filledIn(spec, {}, { ...plan, kind: 'tile' }), { size: [224, 200], at: { value: 1, units: 'baseline' } })
})

test('what is missing or does not fit is told before anything runs', (t) => {
  const problems = (written: Record<string, unknown>, kind: 'slide' | 'tile' | 'set') =>
    spec.problems!(filledIn(spec, written, planOf(kind)) as never, planOf(kind)).join('\n')
  t.regex(problems({}, 'slide'), /no size[\s\S]*no resolution/)
  t.regex(problems({ size: 9 }, 'slide'), /no resolution/)
  t.is(problems({ size: 9 }, 'tile'), '')
  t.regex(problems({ size: 9, at: '0.5 mpp' }, 'tile'), /as they are/)
  t.regex(problems({ size: 9, at: 'baseline' }, 'set'), /needs no grid/)
})

test('patches are made one at a time: taking two of a hundred million costs nothing', async (t) => {
  const slide = memorySlide({ width: 4, height: 4, kind: 'tile' })
  const wide = { ...slide, info: { ...slide.info, width: 40_000, height: 40_000 } }
  const options = filledIn(spec, { size: 8, stride: 4 }, planOf('tile')) as Parameters<typeof makeGrid>[0]
  const stream = makeGrid(options)(from([wide]), contextFor(wide))[Symbol.asyncIterator]()
  t.is((await stream.next()).value.index, 0)
  t.is((await stream.next()).value.index, 1)
  await stream.return?.()
})

test('a resolution that makes no size, or places beyond 32 bits, is the error of that slide', async (t) => {
  const code = async (mpp: number, at: string, size = 32) => {
    const slide = memorySlide({ width: 90, height: 60, mpp })
    return ((await patches(slide, { size, at }).catch((error: unknown) => error)) as { code?: string }).code
  }
  for (const mpp of [Number.POSITIVE_INFINITY, Number.NaN, -0.25, 1e300])
    t.is(await code(mpp, '0.5 mpp'), 'SLIDE_NO_RESOLUTION', String(mpp))
  // 90 px of 20 million µm at 0.5 µm are 3.6 × 10^9 pixels wide: 2.01 × 10^9 patches can be numbered, their places not.
  t.is(await code(2e7, '0.5 mpp', 65_535), 'GRID_TOO_LARGE')
  t.is(await code(0.5, '0.5 mpp'), undefined)
})

test('a slide smaller than a pixel at the resolution has no patches, and says so', async (t) => {
  const slide = memorySlide({ width: 90, height: 60, mpp: 0.25 })
  const options = filledIn(spec, { size: 32, at: '500 mpp' }, planOf('slide')) as Parameters<typeof makeGrid>[0]
  const context = contextFor(slide)
  t.deepEqual(await all(makeGrid(options)(from([slide]), context)), [])
  t.like(context.told, [{ type: 'warning', code: 'NO_PATCHES' }])
})

test('a slide that is smaller than a patch, and is to hold it whole, has no patches, and says so', async (t) => {
  const slide = memorySlide({ width: 90, height: 60 })
  const told = async (size: number, within: boolean) => {
    const context = contextFor(slide)
    const options = filledIn(spec, { size, at: 'baseline', within }, planOf('slide')) as Parameters<typeof makeGrid>[0]
    const made = await all(makeGrid(options)(from([slide]), context))
    return { patches: made.length, messages: context.told.flatMap((one) => (one.type === 'warning' ? [one.message] : [])) }
  }
  const none = await told(61, true)
  t.is(none.patches, 0)
  t.regex(none.messages.join(), /^a patch is of 61 x 61 pixels, and .* has 90 x 60 at 1 baseline: none lies within it/)
  t.deepEqual(await told(60, true), { patches: 1, messages: [] })
  t.is((await told(61, false)).messages.length, 0)
})

test('how many patches the grid has is told before the first one', async (t) => {
  const slide = memorySlide({ width: 90, height: 60 })
  const options = filledIn(spec, { size: 32, at: 'baseline' }, planOf('slide')) as Parameters<typeof makeGrid>[0]
  const context = contextFor(slide)
  const iterator = makeGrid(options)(from([slide]), context)[Symbol.asyncIterator]()
  await iterator.next()
  t.deepEqual(context.told, [{ type: 'count', name: 'grid.patches', by: 6 }])
})
