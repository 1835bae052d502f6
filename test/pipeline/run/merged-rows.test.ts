import test from 'ava'
import type { Batch } from '../../../src/core/batch.js'
import { rowsIn } from '../../../src/core/batches/batches-of.js'
import type { Patch } from '../../../src/core/items.js'
import { type Block, bandPatches, bandsOf } from '../../../src/pipeline/plan/bands.js'
import { inOrder } from '../../../src/pipeline/run/in-order.js'
import { mergedRows } from '../../../src/pipeline/run/merged-rows.js'
import { openJournal } from '../../../src/pipeline/store/journal.js'
import type { Journal } from '../../../src/pipeline/store/result-store.js'
import { duringFlush } from '../../support/flush.js'
import { answerFor, answerColumns as columns, patchAt } from '../../support/patches.js'
import { all, from } from '../../support/stage-context.js'
import { tempFolder } from '../../support/temp.js'

const header = { fingerprint: 'f', identity: { bytes: 1, modified: 2.5, head: 'h' }, made: {} }
const patches = Array.from({ length: 6 * bandPatches }, (_, i) => patchAt(i, 32))

let attempts = 0

/** Runs over the patches in `output`; the rows, or null when it was ended because `stopAt` was asked for, and the patches asked about. */
async function runIn(output: string, keep: (patch: Patch) => boolean, stopAt = Number.POSITIVE_INFINITY, lanes = 1, told = () => {}) {
  const opened = await openJournal(output, 's', `attempt${attempts++}`, columns, header)
  const append: typeof opened.append = (batches, through) => {
    told()
    return opened.append(batches, through)
  }
  const journal = { ...opened, append }
  let asked = 0
  const ask = async (block: Block) => {
    if (block.ordinals.some((ordinal) => ordinal >= stopAt)) throw new Error('killed')
    asked += block.ordinals.length
    return answerFor(block, keep)
  }
  const bands = bandsOf(from([patches]), { lanes, batch: 16, first: journal.through })
  const answered = inOrder(bands, ask, { bands: lanes, first: journal.through, columns, signal: new AbortController().signal })
  const rows = all(rowsIn(columns, mergedRows(answered, journal)))
  const indices = await rows.then(
    (made) => made.map(({ index }) => index),
    (error: Error) => {
      if (error.message !== 'killed') throw error
      return null
    },
  )
  await journal.close()
  return { indices, asked, through: journal.through }
}

test.serial('rows come once and in order, those of the run before from the journal', async (t) => {
  const output = await tempFolder(t)
  t.is((await runIn(output, () => true, 3 * bandPatches)).indices, null)
  const again = await runIn(output, () => true)
  t.deepEqual(
    again.indices,
    patches.map(({ index }) => index),
  )
  t.is(again.through, 3 * bandPatches)
  t.is(again.asked, patches.length - again.through)
})

test.serial('bands that give no rows are journaled like others, wherever they are', async (t) => {
  const output = await tempFolder(t)
  // Nothing of the second and third band, and nothing at the end of the fourth.
  const keep = ({ index }: Patch) => index < bandPatches || (index >= 3 * bandPatches && index < 4 * bandPatches - 20)
  t.is((await runIn(output, keep, 3 * bandPatches)).indices, null)
  t.is((await runIn(output, keep, 4 * bandPatches)).through, 3 * bandPatches)
  const last = await runIn(output, keep)
  t.is(last.through, 4 * bandPatches)
  t.is(last.asked, 2 * bandPatches)
  t.deepEqual(
    last.indices,
    patches.filter(keep).map(({ index }) => index),
  )
})

test.serial('as many bands as there are lanes share a flush of a slow disk', async (t) => {
  const output = await tempFolder(t)
  let appended = 0
  let go: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  // The flushes before are of the head.
  const head = 2
  const { flushes } = await duringFlush(t, (n) => (n === head + 1 ? gate : undefined))
  const ran = await runIn(
    output,
    () => true,
    Number.POSITIVE_INFINITY,
    3,
    () => {
      if (++appended === 3) go()
    },
  )
  t.deepEqual(
    ran.indices,
    patches.map(({ index }) => index),
  )
  t.is(appended, 6)
  t.true(flushes() - head < appended, `${flushes()} flushes for ${appended} bands`)
})

test.serial(
  'no row goes on before its band is safe, nor is the band said to be written; one that could not be is an error in its place',
  async (t) => {
    const flushes: ((error?: Error) => void)[] = []
    const append = () => new Promise<void>((resolve, reject) => flushes.push((error) => (error ? reject(error) : resolve())))
    const journal = { replay: () => from([{ length: 7 }]), append } as unknown as Journal
    const said: string[] = []
    const of = (rows: number, through?: number) => ({
      batch: { length: rows } as Batch,
      ...(through === undefined ? {} : { ends: { through, written: () => void said.push(`${through} written`) } }),
    })
    const rows = mergedRows(
      from([of(3), of(2, 10), of(1, 20), of(4)]),
      journal,
      (count, through) => void said.push(`${count} to ${through}`),
    )
    let got = 0
    const read = async () => {
      for await (const { length } of rows) got += length
    }
    const done = t.throwsAsync(read(), { message: 'full' })
    const seen = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return [got, flushes.length, ...said]
    }
    t.deepEqual(await seen(), [7, 2])
    flushes[0]!()
    t.deepEqual(await seen(), [12, 2, '10 written', '5 to 10'])
    flushes[1]!(new Error('full'))
    await done
    t.deepEqual(await seen(), [12, 2, '10 written', '5 to 10'])
  },
)
