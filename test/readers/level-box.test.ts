import test from 'ava'
import type { Level } from '../../src/core/slide.js'
import { roundHalfEven } from '../../src/geometry/round.js'
import { levelBox, levelFor } from '../../src/readers/level-box.js'
import { levelOf } from '../../src/readers/store.js'

/** The slide of the worked examples: 46000 x 32914, downsamples 1, 4, 16, 0.499 µm. */
const levels: Level[] = [1, 4, 16].map((d) => ({
  ...levelOf(46000 / d, Math.floor(32914 / d), { width: 256, height: 256 }),
  downsample: { x: d, y: d },
}))
const mpp = 0.499

/** A 224-px patch at a resolution. */
const patchAt = (asked: number) => {
  const size = (224 * asked) / mpp
  return { region: { x: 0, y: 0, width: size, height: size }, width: 224, height: 224 }
}

test('level choice: the worked examples', (t) => {
  for (const [asked, level] of [
    [0.5, 0],
    [2.0, 1],
    [1.9, 0],
    [0.25, 0],
    [4, 1],
    [8, 2],
  ] as const) {
    t.is(levelFor(patchAt(asked), levels), level, `${asked} mpp`)
  }
})

test('level choice: a scale that rounds to 1.000 need not be enlarged', (t) => {
  const near = [1, 4.0001, 16.003].map((d) => ({ ...levels[0]!, downsample: { x: d, y: d } }))
  // 1.0 mpp on 0.25: scale of level 1 is 1.000025.
  t.is(levelFor({ region: { x: 0, y: 0, width: 896, height: 896 }, width: 224, height: 224 }, near), 1)
})

test('level choice: both axes must be coarse enough', (t) => {
  t.is(levelFor({ region: { x: 0, y: 0, width: 400, height: 100 }, width: 100, height: 100 }, levels), 0)
  t.is(levelFor({ region: { x: 0, y: 0, width: 400, height: 400 }, width: 100, height: 100 }, levels), 1)
})

test('the box of a picture in its level: the worked example at 2.0 mpp', (t) => {
  const request = { region: { x: 898, y: 1796, width: 898, height: 898 }, width: 224, height: 224 }
  t.deepEqual(levelBox(request, levels), { level: 1, x: 224, y: 449, width: 224, height: 224 })
  t.deepEqual(levelBox({ ...request, region: { x: 225, y: 449, width: 225, height: 225 } }, levels), {
    level: 0,
    x: 225,
    y: 449,
    width: 225,
    height: 225,
  })
})

test('halves round to the even neighbour, as numpy does', (t) => {
  t.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 224.5].map(roundHalfEven), [0, 2, 2, 0, -2, 2, 224])
})
