/** Sample and images: the same choice every time, and every picture of a set at its place. */

import test from 'ava'
import type { Patch } from '../../src/core/items.js'
import makeImages from '../../src/stages/images/stage.js'
import spec, { type SampleOptions } from '../../src/stages/sample/spec.js'
import makeSample, { hash } from '../../src/stages/sample/stage.js'
import { memorySlide } from '../support/memory-slide.js'
import { all, contextFor, filledIn, from, planOf } from '../support/stage-context.js'

const patch = (index: number): Patch => ({
  slide: 's',
  index,
  column: index,
  row: 0,
  bounds: [0, 0, 1, 1],
  region: { x: 0, y: 0, width: 1, height: 1 },
  notes: {},
})
const many = (count: number) => Array.from({ length: count }, (_, i) => patch(i))
const optionsOf = (written: Record<string, unknown>) => filledIn(spec, written, planOf('slide')) as SampleOptions
async function chosen(written: Record<string, unknown>, patches: readonly Patch[]): Promise<number[]> {
  const stream = makeSample(optionsOf(written))(from(patches), contextFor(memorySlide({ width: 1, height: 1 })))
  return (await all(stream)).map((p) => p.index)
}

test('a share is near what was asked for, in order, the same again, another with another seed', async (t) => {
  const first = await chosen({ share: '10 %' }, many(20_000))
  // Standard deviation of the number is 42.
  t.true(Math.abs(first.length - 2000) < 250, `${first.length}`)
  t.deepEqual(
    first,
    first.toSorted((a, b) => a - b),
  )
  t.deepEqual(await chosen({ share: '10 %' }, many(20_000)), first)
  const other = await chosen({ share: '10 %', seed: 1 }, many(20_000))
  const shared = other.filter((i) => first.includes(i)).length
  t.true(shared < 300, `${shared} in both`)
  t.is((await chosen({ share: '100 %' }, many(50))).length, 50)
  t.is((await chosen({ share: 0 }, many(50))).length, 0)
})

test('a patch is in or out whatever came before it', async (t) => {
  const whole = await chosen({ share: '30 %' }, many(400))
  const part = await chosen({ share: '30 %' }, many(400).slice(111, 222))
  t.deepEqual(
    part,
    whole.filter((i) => i >= 111 && i < 222),
  )
})

test('every n-th, and a number of them', async (t) => {
  t.deepEqual(await chosen({ every: 4 }, many(10)), [0, 4, 8])
  const some = await chosen({ count: 7, seed: 3 }, many(500))
  t.is(some.length, 7)
  const smallest = many(500)
    .map((p) => p.index)
    .sort((a, b) => hash(3, a) - hash(3, b))
    .slice(0, 7)
  t.deepEqual(
    some,
    smallest.sort((a, b) => a - b),
  )
  t.deepEqual(await chosen({ count: 7 }, many(3)), [0, 1, 2])
})

test('the hash is spread evenly over tenths', (t) => {
  const tenths = new Array<number>(10).fill(0)
  for (let i = 0; i < 50_000; i++) tenths[Math.floor(hash(0, i) * 10)]!++
  t.true(
    tenths.every((n) => Math.abs(n - 5000) < 350),
    tenths.join(' '),
  )
})

test('exactly one way of choosing', (t) => {
  const problems = (written: Record<string, unknown>) => spec.problems!(optionsOf(written), planOf('slide'))
  t.is(problems({}).length, 1)
  t.is(problems({ share: 0.1, every: 2 }).length, 1)
  t.deepEqual(problems({ every: 2 }), [])
})

test('each picture of a set is a patch, one below the other', async (t) => {
  const images = [{ uri: 'a/1.png', label: 'a' }, { uri: '2.png' }]
  const slide = memorySlide({ width: 6, height: 10, kind: 'set', images })
  t.deepEqual(await all(makeImages()(from([slide]), contextFor(slide))), [
    {
      slide: 'memory',
      index: 0,
      column: 0,
      row: 0,
      bounds: [0, 0, 6, 5],
      region: { x: 0, y: 0, width: 6, height: 5 },
      level: 0,
      notes: { file: 'a/1.png', label: 'a' },
    },
    {
      slide: 'memory',
      index: 1,
      column: 0,
      row: 1,
      bounds: [0, 0, 6, 5],
      region: { x: 0, y: 5, width: 6, height: 5 },
      level: 0,
      notes: { file: '2.png' },
    },
  ])
})
