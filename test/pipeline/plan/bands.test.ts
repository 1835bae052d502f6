import test from 'ava'
import fc from 'fast-check'
import { patchesIn } from '../../../src/pipeline/plan/addresses.js'
import { type Band, bandPatches, bandsOf } from '../../../src/pipeline/plan/bands.js'
import { keptOf, patchAt } from '../../support/patches.js'
import { all, from } from '../../support/stage-context.js'

const grids = fc.record({
  columns: fc.integer({ min: 1, max: 60 }),
  rows: fc.integer({ min: 1, max: 60 }),
  share: fc.double({ min: 0.05, max: 1, noNaN: true }),
  lanes: fc.integer({ min: 1, max: 5 }),
  batch: fc.constantFrom(1, 3, 16, 64, 100),
  first: fc.nat(50),
})

test('every patch is in one block, only the last band has a batch that is not full, and no block passes its size', async (t) => {
  await fc.assert(
    fc.asyncProperty(grids, async (grid) => {
      const patches = keptOf(grid)
      const bands = await all(bandsOf(from([patches]), grid))
      const seen = bands.flatMap(({ blocks }) =>
        blocks.flatMap(({ ordinals, addresses }) => patchesIn(addresses).map((patch, i) => ({ patch, ordinal: ordinals[i]! }))),
      )
      const ordinals = seen.map(({ ordinal }) => ordinal).toSorted((a, b) => a - b)
      const wanted = patches.map((_, i) => i)
      const first = Math.min(grid.first, patches.length)
      t.deepEqual(ordinals.slice(ordinals.indexOf(first)), first < patches.length ? wanted.slice(first) : ordinals.slice(-1))
      // Those that are done are asked only where they share a batch with one that is not.
      for (const unit of unitsOf(bands, grid.batch)) t.true(unit.some((ordinal) => ordinal >= first))
      for (const { ordinal, patch } of seen) t.deepEqual(patch, patches[ordinal]!)
      for (const [b, { blocks }] of bands.entries()) {
        for (const { ordinals: block, lane } of blocks) {
          t.true(lane < grid.lanes && block.length <= Math.max(32, grid.batch))
          if (b < bands.length - 1) t.is(block.length % grid.batch, 0)
        }
      }
      if (grid.first < patches.length) t.is(bands.at(-1)!.through, patches.length)
      else t.deepEqual(bands, [])
    }),
    { numRuns: 60 },
  )
})

const unitsOf = (bands: readonly Band[], batch: number): number[][] =>
  bands.flatMap(({ blocks }) =>
    blocks.flatMap(({ ordinals }) =>
      Array.from({ length: Math.ceil(ordinals.length / batch) }, (_, i) => [...ordinals.subarray(i * batch, (i + 1) * batch)]),
    ),
  )

test('which patches share a batch, and in which order, depends neither on the lanes nor on where a run is taken up', async (t) => {
  const sorted = (units: number[][]) => units.toSorted((a, b) => a[0]! - b[0]!)
  await fc.assert(
    fc.asyncProperty(grids, fc.integer({ min: 1, max: 7 }), fc.nat(), async (grid, otherLanes, place) => {
      const patches = keptOf(grid)
      const whole = await all(bandsOf(from([patches]), { ...grid, first: 0 }))
      if (whole.length === 0) return
      const first = whole[place % whole.length]!.through
      const rest = await all(bandsOf(from([patches]), { lanes: otherLanes, batch: grid.batch, first }))
      const expected = unitsOf(whole, grid.batch).filter((unit) => unit.some((ordinal) => ordinal >= first))
      t.deepEqual(sorted(unitsOf(rest, grid.batch)), sorted(expected))
      // At the end of a band fewer than a batch are left over for the next one.
      t.true(expected.flat().filter((ordinal) => ordinal < first).length < grid.batch)
    }),
    { numRuns: 60 },
  )
})

test('what is left over from a band is in the first batches of the next one, whatever the shape of the tissue', async (t) => {
  const shapes: Record<string, (column: number, row: number) => boolean> = {
    'narrower downwards from the right': (column, row) => column < 200 - row,
    'narrower downwards from the left': (column, row) => column > row,
    'a diagonal': (column, row) => Math.abs(column - row) < 20,
  }
  for (const [shape, holds] of Object.entries(shapes)) {
    const patches = Array.from({ length: 200 * 200 }, (_, i) => patchAt(i, 200)).filter(({ column, row }) => holds(column, row))
    for (const lanes of [1, 2, 3]) {
      const bands = await all(bandsOf(from([patches]), { lanes, batch: 16, first: 0 }))
      t.true(bands.length > 5, shape)
      const bandOf = new Map(
        bands.flatMap(({ blocks }, b) => blocks.flatMap(({ ordinals }) => [...ordinals].map((ordinal) => [ordinal, b] as const))),
      )
      for (const [b, { through }] of bands.entries()) {
        const begin = bands[b - 1]?.through ?? 0
        for (let ordinal = begin; ordinal < through; ordinal++) {
          const asked = bandOf.get(ordinal)!
          t.true(asked === b || asked === b + 1, `${shape}: patch ${ordinal} of band ${b} is asked in band ${asked}`)
        }
      }
    }
  }
})

/** Patches of a band that a lane is asked about. */
const loadOf = ({ blocks }: Band, lane: number) =>
  blocks.filter((block) => block.lane === lane).reduce((sum, { ordinals }) => sum + ordinals.length, 0)

test('neighbouring lanes take the odd batch in turn', async (t) => {
  // 8 rows of 42 patches are 21 batches, which two lanes cannot share equally.
  const patches = Array.from({ length: 42 * 8 * 12 }, (_, i) => patchAt(i, 42))
  const bands = await all(bandsOf(from([patches]), { lanes: 2, batch: 16, first: 0 }))
  const more = bands.map((band) => loadOf(band, 0) - loadOf(band, 1))
  t.true(more.includes(16) && more.includes(-16), `${more}`)
  t.is(
    more.reduce((a, b) => a + b),
    0,
  )
})

test('the stretches of a band differ by a batch at most', async (t) => {
  const patches = Array.from({ length: 100 * 64 }, (_, i) => patchAt(i, 100))
  const [band] = await all(bandsOf(from([patches]), { lanes: 4, batch: 16, first: 0 }))
  const load = [0, 1, 2, 3].map((lane) => loadOf(band!, lane))
  t.true(Math.max(...load) - Math.min(...load) <= 16, `${load}`)
  t.true(load.reduce((a, b) => a + b) >= bandPatches - 16)
})
