import test from 'ava'
import fc from 'fast-check'
import type { Patch } from '../../../src/core/items.js'
import { Progress } from '../../../src/pipeline/run/progress.js'
import { patchAt } from '../../support/patches.js'
import { runFile, writePipeline } from '../../support/pipeline-file.js'
import { writeSmallModel } from '../../support/small-model.js'
import { tempFolder } from '../../support/temp.js'

/** As the stream of kept patches shows them. */
function* shown(progress: Progress, patches: readonly Patch[]): Generator<Patch> {
  for (const patch of patches) {
    progress.saw(patch)
    yield patch
  }
  progress.saw(null)
}

test('without a mask the share is answered ÷ all', (t) => {
  const shares: number[] = []
  let now = 0
  const progress = new Progress(
    's',
    0,
    () => 100,
    ({ share }) => shares.push(share),
    () => (now += 1000),
  )
  const patches = Array.from({ length: 100 }, (_, i) => patchAt(i, 10))
  let seen = 0
  for (const _ of shown(progress, patches)) if (++seen === 40) progress.answered(20)
  progress.answered(30)
  progress.answered(50)
  t.deepEqual(shares, [0.2, 0.5, 1])
})

test('with a mask, and taken up in the middle, the share grows from what is done to all of it', (t) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(999), { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      (indices, part) => {
        const patches = indices.toSorted((a, b) => a - b).map((index) => patchAt(index, 10))
        const before = Math.floor(patches.length * part)
        const shares: number[] = []
        let now = 0
        const progress = new Progress(
          's',
          before,
          () => 1000,
          ({ share }) => shares.push(share),
          () => (now += 1000),
        )
        let seen = 0
        for (const _ of shown(progress, patches)) if (++seen > before) progress.answered(1)
        progress.end()
        t.true(
          shares.every((share, i) => share >= 0 && share <= 1 && share >= (shares[i - 1] ?? 0)),
          String(shares),
        )
        t.is(shares.at(-1), 1)
      },
    ),
    { numRuns: 50 },
  )
})

test('a grid of unknown size has no share until its end', (t) => {
  const shares: number[] = []
  const progress = new Progress(
    's',
    0,
    () => undefined,
    ({ share }) => shares.push(share),
  )
  progress.answered(10)
  progress.end()
  t.deepEqual(shares, [0, 1])
})

test.serial('in a run the shares grow to 1, and follow what the lanes answered', async (t) => {
  const folder = await tempFolder(t)
  await writeSmallModel(folder)
  const file = await writePipeline(folder, {
    mask: '{ method: none }',
    model: 'small',
    grid: '{ size: 56 px, at: 2 mpp, stride: 64 px }',
    sinks: '[csv]',
    runtime: '{ lanes: 1 }',
  })
  // A word each quarter of a second, and each look at the clock is one later.
  const { now } = performance
  let ms = 0
  performance.now = () => (ms += 250)
  t.teardown(() => {
    performance.now = now
  })
  const { summary, events } = await runFile(file)
  const told = events.filter((event) => event.type === 'slide.progress')
  // 7168 × 5120 px of 0.5 µm are 1792 × 1280 at 2 µm: 28 columns and 20 rows of 64 px.
  t.is(summary.rows, 28 * 20)
  for (const { share, inferred } of told.slice(0, -1)) t.true(Math.abs(share - inferred / (28 * 20)) < 1e-9, `${share}, ${inferred}`)
  t.deepEqual([told.at(-1)!.share, told.at(-1)!.patches], [1, 28 * 20])
  // Each block is told, and some are half full.
  t.true(told.length >= (28 * 20) / 32)
})
