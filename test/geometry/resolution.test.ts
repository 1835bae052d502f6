/** Units, level choice, dimensions: the worked numbers that TIAToolbox's own functions printed. */

import test from 'ava'
import { boundsOf, gridOver, patchesOf, regionOf } from '../../src/geometry/grid.js'
import {
  convert,
  levelScales,
  type Measured,
  mppFromPower,
  powerFromMpp,
  type Resolution,
  ResolutionUnknown,
  resolveAt,
} from '../../src/geometry/resolution.js'
import { roundHalfEven } from '../../src/geometry/round.js'

const levels = (...downsamples: number[]) => downsamples.map((d) => ({ downsample: { x: d, y: d } }))
const small: Measured = { width: 46000, height: 32914, levels: levels(1, 4, 16), mpp: { x: 0.499, y: 0.499 }, power: 20 }
const large: Measured = { width: 100000, height: 80000, levels: levels(1, 4.0001, 16.003, 32.01), mpp: { x: 0.25, y: 0.25 }, power: 40 }
const mpp = (value: number): Resolution => ({ value, units: 'mpp' })
const power = (value: number): Resolution => ({ value, units: 'power' })
const level = (value: number): Resolution => ({ value, units: 'level' })
const baseline = (value: number): Resolution => ({ value, units: 'baseline' })

const dimensions: readonly (readonly [Resolution, number, number])[] = [
  [mpp(0.5), 45908, 32848],
  [mpp(4), 5738, 4106],
  [power(1.25), 2875, 2057],
  [level(0), 46000, 32914],
  [level(1), 11500, 8228],
  [mpp(0.25), 91816, 65696],
  [baseline(1), 46000, 32914],
  [baseline(0.5), 23000, 16457],
]
for (const [at, width, height] of dimensions) {
  test(`at ${at.value} ${at.units} the slide measures ${width} x ${height}`, (t) => {
    const resolved = resolveAt(small, at)
    t.deepEqual([resolved.width, resolved.height], [width, height])
  })
}

const choices: readonly (readonly [Measured, Resolution, number, number])[] = [
  [small, mpp(0.5), 0, 0.998],
  [small, mpp(2), 1, 0.998],
  [small, mpp(1.9), 0, 0.2626],
  [small, mpp(0.25), 0, 1.996],
  [small, power(10), 0, 0.5],
  [small, level(0.5), 0, 0.4],
  [small, level(0.25), 0, 1 / 1.75],
  [small, level(1.5), 1, 0.4],
  [large, mpp(0.5), 0, 0.5],
  [large, mpp(1), 1, 1.000025],
  [large, mpp(4), 2, 1.0001875],
  [large, mpp(8), 3, 1.0003125],
]
for (const [slide, at, chosen, scale] of choices) {
  test(`${at.value} ${at.units} is read from level ${chosen} of ${slide.width} px at scale ${scale}`, (t) => {
    t.is(resolveAt(slide, at).level, chosen)
    const { x, y } = levelScales(slide, at)[chosen]!
    t.true(Math.abs(x - scale) < 1e-4 && x === y)
  })
}

test('bounds at a resolution become baseline pixels, rounded up', (t) => {
  const box = [224, 448, 448, 672] as const
  t.deepEqual(regionOf(box, resolveAt(small, mpp(0.5)).scale), { x: 225, y: 449, width: 225, height: 225 })
  t.deepEqual(regionOf(box, resolveAt(small, mpp(2)).scale), { x: 898, y: 1796, width: 898, height: 898 })
  t.deepEqual(regionOf(box, resolveAt(large, mpp(0.5)).scale), { x: 448, y: 896, width: 448, height: 448 })
  t.deepEqual(resolveAt(large, mpp(0.5)), { scale: { x: 0.5, y: 0.5 }, level: 0, width: 50000, height: 40000 })
})

test('heuristics between objective power and µm per pixel', (t) => {
  t.is(mppFromPower(20), 0.5)
  t.deepEqual([0.25, 0.5, 0.7, 0.1, 0.234].map(powerFromMpp), [40, 20, 10, 100, 40])
  // TIAToolbox's list; of two that are as near its argmin takes the first.
  const common = [1, 1.25, 2, 2.5, 4, 5, 10, 20, 40, 60, 90, 100]
  t.deepEqual(
    common.map((power) => powerFromMpp(10 / power)),
    common,
  )
  t.deepEqual(
    [1.625, 3.25, 7.5, 15, 50, 95].map((power) => powerFromMpp(10 / power)),
    [1.25, 2.5, 5, 10, 40, 90],
  )
})

test('where only one of the two is stated the other follows from it', (t) => {
  const { mpp: _, ...onlyPower } = small
  t.is(resolveAt(onlyPower, mpp(0.5)).width, 46000)
  const { power: __, ...onlyMpp } = large
  t.is(resolveAt(onlyMpp, power(20)).width, 50000)
})

test('one resolution in other units', (t) => {
  const said = convert(large, power(20))
  t.deepEqual(said, { baseline: { x: 0.5, y: 0.5 }, mpp: { x: 0.5, y: 0.5 }, power: 20 })
  t.deepEqual(convert({ width: 9, height: 9, levels: levels(1), power: 20 }, power(10)).mpp, { x: 1, y: 1 })
  t.deepEqual(convert({ width: 9, height: 9, levels: levels(1) }, baseline(0.5)), { baseline: { x: 0.5, y: 0.5 } })
})

test('a slide that does not say how large a pixel is: unknown where it matters only', (t) => {
  const bare: Measured = { width: 1000, height: 800, levels: levels(1, 4) }
  t.throws(() => resolveAt(bare, mpp(0.5)), { instanceOf: ResolutionUnknown, message: /neither/ })
  t.throws(() => resolveAt(bare, power(20)), { instanceOf: ResolutionUnknown })
  t.throws(() => resolveAt(bare, level(2)), { instanceOf: ResolutionUnknown, message: /level 2 .* there are 2/ })
  t.throws(() => resolveAt(bare, mpp(0)), { instanceOf: RangeError })
  t.throws(() => resolveAt(bare, level(-1)), { instanceOf: RangeError })
  t.is(resolveAt(bare, baseline(0.5)).width, 500)
  t.throws(
    () => resolveAt(bare, level(1.5)),
    { instanceOf: ResolutionUnknown, message: /level 1.5 .* there are 2/ },
    'nothing lies behind the last',
  )
  t.is(resolveAt(bare, level(1)).width, 250)
})

test('a pyramid with other steps along x than along y keeps both', (t) => {
  const odd: Measured = { width: 800, height: 800, levels: [{ downsample: { x: 1, y: 1 } }, { downsample: { x: 4, y: 2 } }] }
  t.deepEqual(resolveAt(odd, level(1)), { scale: { x: 0.25, y: 0.5 }, level: 1, width: 200, height: 400 })
  // One axis of level 1 would have to be enlarged: 4 or 2 baseline pixels for 3.
  t.deepEqual(
    [odd, { ...odd, levels: [odd.levels[0]!, { downsample: { x: 2, y: 4 } }] }].map((slide) => resolveAt(slide, baseline(1 / 3)).level),
    [0, 0],
  )
})

test('steps that differ by less than a hundredth are one, their mean, as OpenSlide says it', (t) => {
  const along = (y: number) => resolveAt({ ...small, levels: [small.levels[0]!, { downsample: { x: 4, y } }] }, level(1))
  // 46000 and 32914 by 4.015; by 4 and 4.05.
  t.deepEqual([along(4.03).width, along(4.03).height], [11457, 8198])
  t.deepEqual([along(4.05).width, along(4.05).height], [11500, 8127])
})

test('axes that differ by the rounding of a small level are one number, as TIAToolbox counts', (t) => {
  // A level of 1089 x 66 pixels: 9.0018 and 9.1061; TIAToolbox 2.1.3 says of level 2 that it is 1083 x 66.
  const sizes = [
    [9803, 601],
    [4901, 300],
    [1089, 66],
  ] as const
  const wide: Measured = {
    width: 9803,
    height: 601,
    levels: sizes.map(([width, height]) => ({ downsample: { x: 9803 / width, y: 601 / height } })),
  }
  const { width, height, level: read } = resolveAt(wide, level(2))
  t.deepEqual([width, height, read], [1083, 66, 2])
  // One pixel less no whole number of pixels explains.
  const odd = { ...wide, levels: [{ downsample: { x: 1, y: 1 } }, { downsample: { x: 9803 / 1089, y: 601 / 64 } }] }
  t.is(resolveAt(odd, level(1)).width, 1089)
})

test('ties go to the even number', (t) => {
  t.deepEqual([0.5, 1.5, 2.5, 2.4999, -0.5, -1.5, 7].map(roundHalfEven), [0, 2, 2, 2, 0, -2, 7])
})

test('corners come from the column: a million patches on there is no drift', (t) => {
  const grid = gridOver({ width: 300_000_000, height: 10 }, { patch: { width: 10, height: 10 }, stride: { width: 3, height: 3 } })
  t.deepEqual(boundsOf(grid, 99_999_999, 1), [299_999_997, 3, 300_000_007, 13])
  t.is(patchesOf(grid, { x: 1, y: 1 }, 1).next().value?.index, 100_000_000)
})
