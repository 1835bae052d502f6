import test from 'ava'
import fc from 'fast-check'
import type { Patch, PatchBatch } from '../../src/core/items.js'
import { type Band, bandPatches, bandsOf } from '../../src/pipeline/bands.js'
import { type Answered, inOrder } from '../../src/pipeline/in-order.js'

const patch = (index: number, columns: number): Patch => {
  const [column, row] = [index % columns, Math.floor(index / columns)]
  return { slide: 's', index, column, row, bounds: [0, 0, 1, 1], region: { x: column, y: row, width: 1, height: 1 }, notes: {} }
}

async function* streamOf(patches: readonly Patch[]) {
  yield* patches
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const grids = fc.record({
  columns: fc.integer({ min: 1, max: 60 }),
  rows: fc.integer({ min: 1, max: 60 }),
  share: fc.double({ min: 0.05, max: 1, noNaN: true }),
  lanes: fc.integer({ min: 1, max: 5 }),
  batch: fc.constantFrom(1, 3, 16, 64, 100),
  first: fc.nat(50),
})

const keptOf = ({ columns, rows, share }: { columns: number; rows: number; share: number }) =>
  Array.from({ length: columns * rows }, (_, i) => i)
    .filter((i) => (i * 2654435761) % 1000 < share * 1000)
    .map((i) => patch(i, columns))

test('every patch is in one block, only the last band has a batch that is not full, and no block passes its size', async (t) => {
  await fc.assert(
    fc.asyncProperty(grids, async (grid) => {
      const patches = keptOf(grid)
      const bands = await all(bandsOf(streamOf(patches), grid))
      const seen = bands.flatMap(({ blocks }) => blocks.flatMap((block) => block.patches))
      const ordinals = seen.map(({ ordinal }) => ordinal).toSorted((a, b) => a - b)
      const wanted = patches.map((_, i) => i)
      const first = Math.min(grid.first, patches.length)
      t.deepEqual(ordinals.slice(ordinals.indexOf(first)), first < patches.length ? wanted.slice(first) : ordinals.slice(-1))
      // Those that are done are asked only where they share a batch with one that is not.
      for (const unit of unitsOf(bands, grid.batch)) t.true(unit.some((ordinal) => ordinal >= first))
      for (const { ordinal, patch } of seen) t.is(patch, patches[ordinal]!)
      for (const [b, { blocks }] of bands.entries()) {
        for (const { patches: block, lane } of blocks) {
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
    blocks.flatMap(({ patches }) =>
      Array.from({ length: Math.ceil(patches.length / batch) }, (_, i) =>
        patches.slice(i * batch, (i + 1) * batch).map(({ ordinal }) => ordinal),
      ),
    ),
  )

test('which patches share a batch, and in which order, depends neither on the lanes nor on where a run is taken up', async (t) => {
  const sorted = (units: number[][]) => units.toSorted((a, b) => a[0]! - b[0]!)
  await fc.assert(
    fc.asyncProperty(grids, fc.integer({ min: 1, max: 7 }), fc.nat(), async (grid, otherLanes, place) => {
      const patches = keptOf(grid)
      const whole = await all(bandsOf(streamOf(patches), { ...grid, first: 0 }))
      if (whole.length === 0) return
      const first = whole[place % whole.length]!.through
      const rest = await all(bandsOf(streamOf(patches), { lanes: otherLanes, batch: grid.batch, first }))
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
    const patches = Array.from({ length: 200 * 200 }, (_, i) => patch(i, 200)).filter(({ column, row }) => holds(column, row))
    for (const lanes of [1, 2, 3]) {
      const bands = await all(bandsOf(streamOf(patches), { lanes, batch: 16, first: 0 }))
      t.true(bands.length > 5, shape)
      const bandOf = new Map(bands.flatMap(({ blocks }, b) => blocks.flatMap(({ patches }) => patches.map(({ ordinal }) => [ordinal, b]))))
      for (const [b, { through }] of bands.entries()) {
        const from = bands[b - 1]?.through ?? 0
        for (let ordinal = from; ordinal < through; ordinal++) {
          const asked = bandOf.get(ordinal)!
          t.true(asked === b || asked === b + 1, `${shape}: patch ${ordinal} of band ${b} is asked in band ${asked}`)
        }
      }
    }
  }
})

/** Patches of a band that a lane is asked about. */
const loadOf = ({ blocks }: Band, lane: number) =>
  blocks.filter((block) => block.lane === lane).reduce((sum, { patches }) => sum + patches.length, 0)

test('neighbouring lanes take the odd batch in turn', async (t) => {
  // 8 rows of 42 patches are 21 batches, which two lanes cannot share equally.
  const patches = Array.from({ length: 42 * 8 * 12 }, (_, i) => patch(i, 42))
  const bands = await all(bandsOf(streamOf(patches), { lanes: 2, batch: 16, first: 0 }))
  const more = bands.map((band) => loadOf(band, 0) - loadOf(band, 1))
  t.true(more.includes(16) && more.includes(-16), `${more}`)
  t.is(
    more.reduce((a, b) => a + b),
    0,
  )
})

test('the stretches of a band differ by a batch at most', async (t) => {
  const patches = Array.from({ length: 100 * 64 }, (_, i) => patch(i, 100))
  const [band] = await all(bandsOf(streamOf(patches), { lanes: 4, batch: 16, first: 0 }))
  const load = [0, 1, 2, 3].map((lane) => loadOf(band!, lane))
  t.true(Math.max(...load) - Math.min(...load) <= 16, `${load}`)
  t.true(load.reduce((a, b) => a + b) >= bandPatches - 16)
})

/** Answers a block after a random while, as two batches, leaving out every seventh patch. */
const answer =
  (delay: (i: number) => number) =>
  async ({ patches }: { patches: readonly { patch: Patch }[] }): Promise<PatchBatch[]> => {
    await new Promise((resolve) => setTimeout(resolve, delay(patches[0]!.patch.index)))
    const kept = patches.map((p) => p.patch).filter(({ index }) => index % 7 !== 3)
    const half = kept.length >> 1
    return [kept.slice(0, half), kept.slice(half)].map((list) => ({
      patches: list,
      statuses: list.map(() => ({ status: 'ok' as const })),
      inputs: [],
      outputs: { p: { width: 2, data: Float32Array.from(list.flatMap(({ index }) => [index, -index])) } },
    }))
  }

test('answers come in raster order however late a lane is, with every band marked where it ends', async (t) => {
  const patches = keptOf({ columns: 40, rows: 50, share: 0.7 })
  const bands: Band[] = await all(bandsOf(streamOf(patches), { lanes: 3, batch: 16, first: 0 }))
  const answered: Answered[] = await all(
    inOrder(
      streamBands(bands),
      answer((i) => (i * 7919) % 13),
      { bands: 3, first: 0, signal: new AbortController().signal },
    ),
  )
  const rows = answered.flatMap(({ batch }) =>
    batch.patches.map(({ index }, i) => [index, ...batch.outputs.p!.data.subarray(2 * i, 2 * i + 2)]),
  )
  const expected = patches.map(({ index }) => index).filter((index) => index % 7 !== 3)
  t.deepEqual(
    rows,
    expected.map((index) => [index, index, -index]),
  )
  const marks = answered.map(({ through }) => through).filter((through) => through !== undefined)
  t.deepEqual(
    marks,
    bands.map(({ through }) => through),
  )
})

async function* streamBands(bands: readonly Band[]) {
  yield* bands
}

test('no more bands are on their way than allowed', async (t) => {
  const patches = Array.from({ length: 40 * 100 }, (_, i) => patch(i, 40))
  let pulled = 0
  let finished = 0
  let most = 0
  async function* bands() {
    for await (const band of bandsOf(streamOf(patches), { lanes: 2, batch: 16, first: 0 })) {
      pulled++
      most = Math.max(most, pulled - finished)
      yield band
    }
  }
  for await (const { through } of inOrder(
    bands(),
    answer(() => 1),
    { bands: 2, first: 0, signal: new AbortController().signal },
  )) {
    if (through !== undefined) finished++
  }
  t.true(most <= 3, `${most} bands were on their way`)
})

test('a lane that fails ends the stream and lets the bands go', async (t) => {
  let closed = false
  async function* bands() {
    try {
      yield* bandsOf(streamOf(Array.from({ length: 4000 }, (_, i) => patch(i, 40))), { lanes: 1, batch: 16, first: 0 })
    } finally {
      closed = true
    }
  }
  const failing = async () => {
    throw new Error('bad tile')
  }
  await t.throwsAsync(all(inOrder(bands(), failing, { bands: 1, first: 0, signal: new AbortController().signal })), { message: 'bad tile' })
  t.true(closed)
})

test('abort ends the stream while lanes are silent', async (t) => {
  const stop = new AbortController()
  const silent = () => new Promise<never>(() => undefined)
  const bands = bandsOf(streamOf([patch(0, 1)]), { lanes: 1, batch: 1, first: 0 })
  setTimeout(() => stop.abort(new Error('enough')), 5)
  await t.throwsAsync(all(inOrder(bands, silent, { bands: 1, first: 0, signal: stop.signal })), { message: 'enough' })
})
