import { setTimeout as later } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import { rowsOf } from '../../../src/core/batches/rows-of.js'
import { indexIn } from '../../../src/pipeline/plan/addresses.js'
import { type Band, type Block, bandsOf } from '../../../src/pipeline/plan/bands.js'
import { type Answered, inOrder } from '../../../src/pipeline/run/in-order.js'
import { answerColumns, answerFor, keptOf, patchAt } from '../../support/patches.js'
import { all, from } from '../../support/stage-context.js'

const never = new AbortController().signal

/** Answers a block after a random while, leaving out every seventh patch. */
const answer = (delay: (i: number) => number) => async (block: Block) => {
  await later(delay(indexIn(block.addresses, 0)))
  return answerFor(block, ({ index }) => index % 7 !== 3)
}

/** What comes, each band written down before the next item is asked for. */
async function* written(answered: AsyncIterable<Answered>): AsyncGenerator<Answered> {
  for await (const item of answered) {
    item.ends?.written()
    yield item
  }
}

test('answers come in raster order however late a lane is, with every band marked where it ends', async (t) => {
  const patches = keptOf({ columns: 40, rows: 50, share: 0.7 })
  const bands: Band[] = await all(bandsOf(from([patches]), { lanes: 3, batch: 16, first: 0 }))
  const late = answer((i) => (i * 7919) % 13)
  const answered = await all(written(inOrder(from(bands), late, { bands: 3, first: 0, columns: answerColumns, signal: never })))
  const rows = answered.flatMap(({ batch }) =>
    batch ? rowsOf(answerColumns, batch).map(({ index, p }) => [index, ...(p as Float32Array)]) : [],
  )
  const expected = patches.map(({ index }) => index).filter((index) => index % 7 !== 3)
  t.deepEqual(
    rows,
    expected.map((index) => [index, index, -index]),
  )
  const marks = answered.flatMap(({ ends }) => ends?.through ?? [])
  t.deepEqual(
    marks,
    bands.map(({ through }) => through),
  )
})

test('however slowly bands are written down, no more than one a lane and one block are begun and not written', async (t) => {
  const grids = fc.record({
    columns: fc.integer({ min: 1, max: 60 }),
    rows: fc.integer({ min: 1, max: 60 }),
    share: fc.double({ min: 0.05, max: 1, noNaN: true }),
    lanes: fc.integer({ min: 1, max: 5 }),
    batch: fc.constantFrom(1, 3, 16, 64, 100, 700),
  })
  await fc.assert(
    fc.asyncProperty(grids, async (grid) => {
      const options = { ...grid, first: 0 }
      const patches = keptOf(grid)
      const ends = (await all(bandsOf(from([patches]), options))).map(({ through }) => through)
      const longest = Math.max(...ends.map((end, i) => end - (ends[i - 1] ?? 0)))
      const allowed = grid.lanes * longest + Math.max(32, grid.batch)
      const begun = new Set<number>()
      let safe = 0
      const ask = async (block: Block) => {
        for (const ordinal of block.ordinals) begun.add(ordinal)
        const open = [...begun].filter((ordinal) => ordinal >= safe).length
        t.true(open <= allowed, `${open} patches begun and not written, ${allowed} allowed`)
        await later(0)
        return answerFor(block)
      }
      let rows = 0
      for await (const { batch, ends } of inOrder(bandsOf(from([patches]), options), ask, {
        bands: grid.lanes,
        first: 0,
        columns: answerColumns,
        signal: never,
      })) {
        rows += batch?.length ?? 0
        if (!ends) continue
        // Longer than the lanes need for a band.
        for (let i = 0; i < 20; i++) await later(0)
        safe = ends.through
        ends.written()
      }
      t.is(rows, patches.length)
    }),
    { numRuns: 40 },
  )
})

test('while a band is being written the lanes go as far as they may', async (t) => {
  for (const lanes of [1, 2, 3]) {
    for (const columns of [40, 41]) {
      const patches = Array.from({ length: columns * 80 }, (_, i) => patchAt(i, columns))
      const begun = new Set<number>()
      const ask = async (block: Block) => {
        for (const ordinal of block.ordinals) begun.add(ordinal)
        return answerFor(block)
      }
      const bands = bandsOf(from([patches]), { lanes, batch: 16, first: 0 })
      for await (const { ends } of inOrder(bands, ask, { bands: lanes, first: 0, columns: answerColumns, signal: never })) {
        if (!ends) continue
        await later(1)
        break
      }
      // Bands of 8 rows: their whole batches, and when something is left over, the block of the next band that holds it.
      const own = lanes * 8 * columns
      const left = own % 16
      t.is(begun.size, left === 0 ? own : own - left + 32, `${lanes} lanes, ${columns} columns`)
    }
  }
})

test('no more bands are held than those on their way and the one that waits', async (t) => {
  const patches = Array.from({ length: 40 * 100 }, (_, i) => patchAt(i, 40))
  let pulled = 0
  let finished = 0
  let most = 0
  async function* bands() {
    for await (const band of bandsOf(from([patches]), { lanes: 2, batch: 16, first: 0 })) {
      pulled++
      most = Math.max(most, pulled - finished)
      yield band
    }
  }
  const answered = inOrder(
    bands(),
    answer(() => 1),
    { bands: 2, first: 0, columns: answerColumns, signal: never },
  )
  for await (const { ends } of written(answered)) if (ends) finished++
  t.is(most, 3)
})

test('a lane that fails ends the stream and lets the bands go', async (t) => {
  let closed = false
  async function* bands() {
    try {
      yield* bandsOf(from([Array.from({ length: 4000 }, (_, i) => patchAt(i, 40))]), { lanes: 1, batch: 16, first: 0 })
    } finally {
      closed = true
    }
  }
  const failing = async () => {
    throw new Error('bad tile')
  }
  await t.throwsAsync(all(inOrder(bands(), failing, { bands: 1, first: 0, columns: answerColumns, signal: never })), {
    message: 'bad tile',
  })
  t.true(closed)
})

test('abort ends the stream while lanes are silent', async (t) => {
  const stop = new AbortController()
  const silent = () => new Promise<never>(() => undefined)
  const bands = bandsOf(from([[patchAt(0, 1)]]), { lanes: 1, batch: 1, first: 0 })
  setTimeout(() => stop.abort(new Error('enough')), 5)
  await t.throwsAsync(all(inOrder(bands, silent, { bands: 1, first: 0, columns: answerColumns, signal: stop.signal })), {
    message: 'enough',
  })
})
