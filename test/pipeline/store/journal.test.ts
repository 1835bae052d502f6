import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { rowsIn } from '../../../src/core/batches/batches-of.js'
import { batchOf } from '../../../src/core/batches/rows-of.js'
import type { Column, Row } from '../../../src/core/row.js'
import { journalFile, openJournal as openOne, removeJournals } from '../../../src/pipeline/store/journal.js'
import type { Header, Journal } from '../../../src/pipeline/store/result-store.js'
import { sayDifference } from '../../../src/pipeline/store/state.js'
import { duringFlush } from '../../support/flush.js'
import { all } from '../../support/stage-context.js'
import { tempFolder } from '../../support/temp.js'

const opened: Journal[] = []

async function openJournal(output: string, slide: string, of: Column[], asked: Header): Promise<Journal> {
  const journal = await openOne(output, slide, `attempt${opened.length}`, of, asked)
  opened.push(journal)
  return journal
}
test.afterEach.always(async () => {
  for (const journal of opened.splice(0)) await journal.close()
})

const columns: Column[] = [
  { name: 'index', type: 'int32', about: 'Raster index.' },
  { name: 'class', type: 'category', nullable: true, about: 'Class.' },
  { name: 'prob', type: 'float32', nullable: true, about: 'Probability.' },
  { name: 'features', type: 'vector', size: 3, about: 'Features.' },
]
const row = (index: number): Row => ({
  index,
  class: index % 3 ? `class ${index % 3}` : null,
  prob: index % 2 ? Math.fround(index / 7) : null,
  features: Float32Array.of(index, -index, 0.5),
})
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i))
/** The same as batches: two, where there is more than one. */
const batches = (from: number, to: number) => {
  const middle = (from + to) >> 1
  return [rows(from, middle), rows(middle, to)].filter(({ length }) => length > 0).map((some) => batchOf(columns, some, 0))
}
const replayed = (journal: Journal) => all(rowsIn(columns, journal.replay()))
const header = {
  fingerprint: 'f',
  identity: { bytes: 1, modified: 2.5, head: 'h', blocks: 'b' },
  made: { tiastream: '1', device: 'cpu', precision: 'float32' },
}

test.serial('what was appended is there in the next run, in order, value for value', async (t) => {
  const output = await tempFolder(t)
  const first = await openJournal(output, 'a', columns, header)
  t.is(first.through, 0)
  await first.append(batches(0, 5), 10)
  await first.append([], 20)
  await first.append(batches(5, 9), 25)
  const again = await openJournal(output, 'a', columns, header)
  t.is(again.through, 25)
  t.deepEqual(await replayed(again), rows(0, 9))
  await again.append(batches(9, 10), 26)
  t.deepEqual(await replayed(await openJournal(output, 'a', columns, header)), rows(0, 10))
})

test.serial('an attempt in vain that ends before its first band leaves nothing behind; bands stay', async (t) => {
  const output = await tempFolder(t)
  const left = () => readdir(path.join(output, '.tiastream/journal/a'))
  const attempt = async (from: number, to: number, inVain: boolean) => {
    const journal = await openOne(output, 'a', `from${from}`, columns, header)
    if (to > from) await journal.append(batches(from, to), to)
    await journal.close(inVain)
    return left()
  }
  t.deepEqual(await attempt(0, 0, true), [])
  t.deepEqual(await attempt(0, 5, true), ['from0.journal'])
  t.deepEqual(await attempt(5, 5, true), ['from0.journal'])
  t.deepEqual(await attempt(6, 6, false), ['from0.journal', 'from6.journal'], 'its files may be published without a receipt')
  t.deepEqual(await replayed(await openJournal(output, 'a', columns, header)), rows(0, 5))
})

test.serial('a journal of other rows, of another file, device or precision is started anew, and says why', async (t) => {
  const output = await tempFolder(t)
  const { identity, made } = header
  const others = [
    [{ ...header, fingerprint: 'g' }, /another mask, list or pipeline/],
    [{ ...header, identity: { ...identity, bytes: 2 } }, /other content/],
    [{ ...header, identity: { ...identity, head: 'i' } }, /other content/],
    [{ ...header, identity: { ...identity, blocks: 'c' } }, /other content/],
    [{ ...header, made: { ...made, device: 'cuda' } }, /made with device cpu, and this is cuda/],
    [{ ...header, made: { ...made, precision: 'float16' } }, /made with precision float32, and this is float16/],
    [{ ...header, made: { ...made, tiastream: '2' } }, /made with tiastream 1, and this is 2/],
  ] as const
  for (const [other, why] of others) {
    const first = await openJournal(output, 'a', columns, header)
    await first.append(batches(0, 5), 5)
    const anew = await openJournal(output, 'a', columns, other)
    t.is(anew.through, 0)
    t.regex(anew.anew!, why)
    t.is((await openJournal(output, 'a', columns, other)).anew, null, 'said once')
  }
})

test.serial('a journal of other columns is started anew', async (t) => {
  const output = await tempFolder(t)
  await (await openJournal(output, 'a', columns, header)).append(batches(0, 5), 5)
  const renamed = columns.map((column) => (column.name === 'prob' ? { ...column, name: 'p' } : column))
  const { through, anew } = await openJournal(output, 'a', renamed, header)
  t.deepEqual({ through, anew }, { through: 0, anew: 'they have other columns' })
})

test.serial('a journal of the same content is taken up whatever its time', async (t) => {
  const output = await tempFolder(t)
  await (await openJournal(output, 'a', columns, header)).append(batches(0, 5), 5)
  const { through, anew } = await openJournal(output, 'a', columns, { ...header, identity: { ...header.identity, modified: 3 } })
  t.deepEqual({ through, anew }, { through: 5, anew: null })
})

test.serial('a journal without a version is started anew, and says so; what version 0.1 left is removed', async (t) => {
  const output = await tempFolder(t)
  const folder = path.join(output, '.tiastream/journal/a')
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'journal.json'), JSON.stringify(header))
  const first = await openJournal(output, 'a', columns, { ...header, made: {} })
  await first.append(batches(0, 5), 5)
  t.deepEqual(await readdir(folder), ['attempt0.journal'])
  const { through, anew } = await openJournal(output, 'a', columns, header)
  t.is(through, 0)
  t.regex(anew!, /tiastream unknown/)
})

/** Three bands of 100 rows, the file, and where each band ends in it. */
async function three(t: ExecutionContext) {
  const output = await tempFolder(t)
  const journal = await openJournal(output, 'a', columns, header)
  const file = journalFile(output, 'a', 'attempt0')
  const ends = [(await stat(file)).size]
  for (const from of [0, 100, 200]) {
    await journal.append(batches(from, from + 100), from + 100)
    ends.push((await stat(file)).size)
  }
  await journal.close()
  return { output, file, ends, whole: await readFile(file) }
}

const throughOf = async (output: string) => {
  const { through, close } = await openJournal(output, 'a', columns, header)
  await close()
  return through
}

test.serial('a torn tail is cut off, wherever it was torn, and the next band takes its place', async (t) => {
  const { output, file, ends, whole } = await three(t)
  for (let length = 0; length < whole.length; length += 211) {
    await writeFile(file, whole.subarray(0, length))
    const bands = ends.slice(1).filter((end) => end <= length).length
    t.is(await throughOf(output), 100 * bands, `cut to ${length} of ${whole.length} bytes`)
  }
  await writeFile(file, whole.subarray(0, ends[2]! - 3))
  const again = await openJournal(output, 'a', columns, header)
  await again.append(batches(100, 104), 104)
  const third = await openJournal(output, 'a', columns, header)
  t.deepEqual(await replayed(third), rows(0, 104))
})

test.serial('one changed bit is noticed, wherever it is; what comes before it stays', async (t) => {
  const { output, file, ends, whole } = await three(t)
  for (let at = 0; at < whole.length; at += 97) {
    const changed = Buffer.from(whole)
    changed[at] = changed[at]! ^ 4
    await writeFile(file, changed)
    const bands = Math.max(0, ends.filter((end) => end <= at).length - 1)
    t.is(await throughOf(output), 100 * bands, `byte ${at} of ${whole.length}`)
  }
})

test.serial('a band of another journal, whole as it is, is not believed, nor is one that was left behind', async (t) => {
  const { output, file, ends, whole } = await three(t)
  const band = (n: number) => whole.subarray(ends[n - 1], ends[n])
  for (const [order, through] of [
    [[1, 3], 100],
    [[2], 0],
    [[1, 1], 100],
  ] as const) {
    await writeFile(file, Buffer.concat([whole.subarray(0, ends[0]), ...order.map(band)]))
    t.is(await throughOf(output), through, order.join())
  }
})

test.serial('a length that the file has no bytes for is not believed', async (t) => {
  const { output, file, ends, whole } = await three(t)
  for (const length of [2 ** 32 - 1, 2 ** 31, whole.length]) {
    const changed = Buffer.from(whole)
    changed.writeUInt32LE(length, ends[1]!)
    await writeFile(file, changed)
    t.is(await throughOf(output), 100)
  }
})

test.serial('a journal that is a link, or a folder, is not followed: it is started anew', async (t) => {
  const { output, file, whole } = await three(t)
  const elsewhere = path.join(await tempFolder(t), 'elsewhere')
  await rename(file, elsewhere)
  await symlink(elsewhere, file)
  t.is(await throughOf(output), 0)
  t.deepEqual(await readFile(elsewhere), whole, 'and not written to')
  await rm(file, { force: true })
  await mkdir(file)
  t.is(await throughOf(output), 0)
})

test.serial('bands that are ready during a flush share the next one; all are safe in their order', async (t) => {
  const output = await tempFolder(t)
  const journal = await openJournal(output, 'a', columns, header)
  let go: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const { flushes, began } = await duringFlush(t, (n) => (n === 1 ? gate : undefined))
  const told: number[] = []
  const appends = [1, 2, 3, 4].map((n) => journal.append(batches(10 * (n - 1), 10 * n), 10 * n).then(() => told.push(n)))
  await began
  t.deepEqual(told, [])
  go()
  await Promise.all(appends)
  t.deepEqual(told, [1, 2, 3, 4])
  t.is(flushes(), 2, 'the first, and one for the three others')
  t.deepEqual(await replayed(await openJournal(output, 'a', columns, header)), rows(0, 40))
})

test.serial('a disk that is full is told to every band that waits, and the next run begins where it was safe', async (t) => {
  const output = await tempFolder(t)
  const journal = await openJournal(output, 'a', columns, header)
  await journal.append(batches(0, 10), 10)
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  await duringFlush(t, (n) => (n <= 2 ? Promise.reject(full) : undefined))
  const appends = [journal.append(batches(10, 20), 20), journal.append(batches(20, 30), 30)]
  for (const one of await Promise.allSettled(appends)) t.like(one, { status: 'rejected', reason: { code: 'DISK_FULL' } })
  await t.throwsAsync(journal.append(batches(30, 40), 40), { code: 'DISK_FULL' })
})

test.serial(
  'another attempt takes up what it finds, in a file of its own; what a stopped one adds later is none of its rows, and lost to nobody',
  async (t) => {
    const output = await tempFolder(t)
    const stopped = await openJournal(output, 'a', columns, header)
    await stopped.append(batches(0, 10), 10)
    await stopped.append(batches(10, 20), 20)
    const second = await openJournal(output, 'a', columns, header)
    t.is(second.through, 20)
    await stopped.append(batches(20, 30), 30)
    t.deepEqual(await replayed(second), rows(0, 20))
    const third = await openJournal(output, 'a', columns, header)
    t.is(third.through, 30, 'what reaches farthest is taken up')
    await second.append(batches(20, 30), 30)
    await second.append(batches(30, 40), 40)
    await stopped.append(batches(30, 35), 35)
    const last = await openJournal(output, 'a', columns, header)
    t.is(last.through, 40)
    t.is(last.rows, 40)
    t.deepEqual(await replayed(last), rows(0, 40))
  },
)

test.serial(
  'a journal whose beginning is gone is not believed; one that goes while it is replayed is told by a name of its own',
  async (t) => {
    const output = await tempFolder(t)
    const first = await openJournal(output, 'a', columns, header)
    await first.append(batches(0, 10), 10)
    const second = await openJournal(output, 'a', columns, header)
    await second.append(batches(10, 20), 20)
    const third = await openJournal(output, 'a', columns, header)
    t.is(third.through, 20)
    await rm(journalFile(output, 'a', 'attempt0'))
    await t.throwsAsync(replayed(third), { code: 'JOURNAL_GONE' })
    t.is((await openJournal(output, 'a', columns, header)).through, 0)
  },
)

test.serial('all journals of a slide go at once, those of other slides stay', async (t) => {
  const output = await tempFolder(t)
  for (const slide of ['a', 'a', 'a.b']) await (await openJournal(output, slide, columns, header)).append(batches(0, 10), 10)
  await removeJournals(output, 'a')
  t.deepEqual(await readdir(path.join(output, '.tiastream/journal')), ['a.b'])
  t.is((await openJournal(output, 'a.b', columns, header)).through, 10)
})

test.serial('a difference is said in words', (t) => {
  const was = { fingerprint: 'a', stages: [{ grid: { stride: [224, 224] } }, { mask: { keep: 0 } }] }
  const is = { fingerprint: 'b', stages: [{ grid: { stride: [112, 224] } }, { mask: { keep: 0 } }] }
  t.is(sayDifference(was, is), 'stages[0].grid.stride[0]: 112, was 224')
  t.regex(sayDifference(was, { ...was, fingerprint: 'b' }), /rows module/)
  const measured = { ...is, stages: [{ measure: {} }, ...is.stages], columns: { focus: 'float32' } }
  t.is(sayDifference(was, measured), 'the stage measure is new; stages.grid.stride[0]: 112, was 224')
  t.is(sayDifference(measured, is), 'the stage measure is gone')
  // What else is other is told beside it, but not the card of a model that the stage alone asks.
  const carried = { ...measured, cards: { m: { classes: 2 } }, source: { options: { types: 'a' } } }
  const other = { ...is, cards: {}, columns: { focus: 'float32' }, source: { options: { types: 'b' } } }
  t.is(sayDifference(carried, other), 'the stage measure is gone; source.options.types: "b", was "a"')
})
