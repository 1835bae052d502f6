/** Leases between workers whose clocks have nothing to do with each other: each test says what time it is for whom. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Plan } from '../../../src/pipeline/plan/plan-type.js'
import { type Held, type Lease, leaseName } from '../../../src/pipeline/store/lease.js'
import { type Receipt, receiptSchema } from '../../../src/pipeline/store/receipts.js'
import type { ResultStore } from '../../../src/pipeline/store/result-store.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { sweep } from '../../../src/pipeline/store/sweep.js'
import { type Clock, workerName } from '../../../src/pipeline/store/watch.js'
import { joinOutput, type Worker } from '../../../src/pipeline/store/worker.js'
import { receiptOf } from '../../results/outputs.js'
import { leftIn } from '../../support/left.js'
import { tempFolder } from '../../support/temp.js'
import { writeReceipt } from '../../support/write-receipt.js'

/** What a worker looks at of a plan. */
const plan = (fingerprint: string): Plan =>
  ({
    provenance: { fingerprint, tiastreamVersion: '1', schemaVersion: '1' },
    source: { name: 'slides', options: {}, types: {}, spec: {} },
    stages: [],
    cards: {},
    sinks: [],
    plugins: [],
    mergedColumns: [],
    environment: { sinks: {} },
  }) as unknown as Plan

const times = { beatMs: 10, silentMs: 60 }
const ones = plan('one')

/** A clock that goes when it is told, and the beats that are due. */
function handClock() {
  let now = 0
  const works: (() => Promise<void>)[] = []
  const clock: Clock = {
    now: () => now,
    every: (_, work) => {
      works.push(work)
      return () => works.splice(works.indexOf(work), 1)
    },
  }
  return {
    clock,
    pass: (ms: number) => {
      now += ms
    },
    beat: async () => {
      await Promise.all(works.map((work) => work()))
    },
  }
}

type Hand = ReturnType<typeof handClock>

/** Whether its process lives can be seen by no other: as on another machine. */
async function elsewhere(store: ResultStore, { beat }: Hand, worker: Worker): Promise<void> {
  const note = JSON.parse(`${await store.read(workerName(worker.id))}`) as object
  await store.touch(workerName(worker.id), `${JSON.stringify({ ...note, birth: null })}\n`)
  void beat
}

async function two(t: ExecutionContext) {
  const store = await storeOf(await tempFolder(t))
  await store.prepare()
  const [a, b] = [handClock(), handClock()]
  const first = await joinOutput(store, ones, { times, clock: a.clock })
  const second = await joinOutput(store, ones, { times, clock: b.clock })
  await elsewhere(store, a, first)
  t.teardown(() => Promise.all([first.leave(), second.leave()]))
  return { store, a, b, first, second }
}

const isLease = (taken: Lease | Held): taken is Lease => 'release' in taken

async function take(t: ExecutionContext, worker: Worker, slide = 's'): Promise<Lease> {
  const taken = await worker.acquire(slide)
  t.true(isLease(taken), 'taken')
  return taken as Lease
}

test('a slide is held by one; the other is told by whom, and has it once it is given back', async (t) => {
  const { store, first, second } = await two(t)
  const lease = await take(t, first)
  t.regex(lease.attempt, new RegExp(`^${first.id}-\\d+$`))
  const held = (await second.acquire('s')) as Held
  t.is(held.worker, first.id)
  t.true(isLease(await second.acquire('another')))
  t.true(await lease.held())
  await store.draft(lease.attempt, 'x.csv')
  await lease.release()
  t.deepEqual(await store.attempts(), [], 'its drafts')
  t.true(isLease(await second.acquire('s')))
  t.false(await lease.held())
  t.deepEqual((await readdir(path.join(store.place, '.tiastream/leases'))).sort(), ['another.json', 's.json'])
})

test('of many who ask at once one has it', async (t) => {
  const { store } = await two(t)
  const workers = await Promise.all(Array.from({ length: 8 }, () => joinOutput(store, ones, { times, clock: handClock().clock })))
  for (let round = 0; round < 5; round++) {
    const taken = await Promise.all(workers.map((worker) => worker.acquire(`s${round}`)))
    t.is(taken.filter(isLease).length, 1)
  }
  for (const worker of workers) await worker.leave()
})

test('a worker that is silent for a minute of the clock of who waits is dead, and not a moment before; what it left goes', async (t) => {
  const { store, b, first, second } = await two(t)
  const lease = await take(t, first)
  await store.draft(lease.attempt, 'x.csv')
  t.false(isLease(await second.acquire('s')), 'seen for the first time')
  b.pass(59)
  t.false(isLease(await second.acquire('s')))
  b.pass(1)
  const taken = await take(t, second)
  t.deepEqual(await store.attempts(), [], 'its drafts')
  t.true(await taken.held())
  t.false(await lease.held())
})

test('one beat is enough to live on, however slow its clock is; its own clock counts for nobody else', async (t) => {
  const { store, a, b, first, second } = await two(t)
  const lease = await take(t, first)
  for (let minute = 0; minute < 5; minute++) {
    b.pass(59)
    // A day goes by there, or nothing.
    a.pass(minute % 2 === 0 ? 86_400_000 : 0)
    await a.beat()
    t.false(isLease(await second.acquire('s')), `minute ${minute}`)
  }
  store.read = () => Promise.reject(new Error('no answer'))
  await a.beat()
  t.false(lease.signal.aborted, 'nobody has taken it, as far as is known')
})

test('who was stopped and goes on learns at its next beat that its slide is taken, and gives back nothing that is not its own', async (t) => {
  const { store, a, b, first, second } = await two(t)
  const lease = await take(t, first)
  await second.acquire('s')
  b.pass(60)
  const taken = await take(t, second)
  t.false(lease.signal.aborted, 'it does not know yet')
  await a.beat()
  t.true(lease.signal.aborted)
  t.is((lease.signal.reason as Error).name, 'Error')
  await lease.release()
  t.true(await taken.held(), 'the lease of the other is still there')
  t.false(isLease(await first.acquire('s')))
  await taken.release()
  t.is(await store.read(leaseName('s')), null)
})

test('two who wait for one that is dead: one of them takes over', async (t) => {
  const { store, b, first, second } = await two(t)
  await take(t, first)
  const third = await joinOutput(store, ones, { times, clock: b.clock })
  for (const worker of [second, third]) t.false(isLease(await worker.acquire('s')))
  b.pass(60)
  const taken = await Promise.all([second.acquire('s'), third.acquire('s')])
  t.is(taken.filter(isLease).length, 1)
  await third.leave()
})

test('a process that has certainly ended is dead at once; one that lives is not, and pids of other namespaces say nothing', async (t) => {
  const { store, second } = await two(t)
  const note = JSON.parse(`${await store.read(workerName(second.id))}`) as { birth: { pid: number; space: string; boot: string } | null }
  if (note.birth === null) return t.pass('SKIPPED: this system does not say which process is which')
  const gone = { ...note.birth, pid: 2 ** 22 + 1 }
  const cases = [
    [note.birth, false, 'this process'],
    [gone, true, 'a pid that is not there'],
    [{ ...note.birth, started: '1' }, true, 'its pid is that of another process'],
    [{ ...gone, space: 'pid:[1]' }, false, 'of another container'],
    [{ ...gone, boot: 'another' }, false, 'of another machine'],
    [{ ...gone, host: 'another' }, false, 'of a copy of this machine'],
  ] as const
  for (const [i, [birth, dead, what]] of cases.entries()) {
    const worker = `other${i}`
    await store.touch(workerName(worker), JSON.stringify({ ...note, worker, birth }))
    await store.replace(leaseName(`s${i}`), JSON.stringify({ schema: 'tiastream-lease/1', slide: `s${i}`, worker, attempt: `${worker}-1` }))
    t.is(isLease(await second.acquire(`s${i}`)), dead, what)
  }
})

test('a lease that says nothing is nobody’s; one of a worker whose counter is gone is waited for like a silent one', async (t) => {
  const { store, b, first, second } = await two(t)
  const good = { schema: 'tiastream-lease/1', slide: 'odd', worker: first.id, attempt: `${first.id}-1` }
  const { worker: _, ...byNobody } = good
  const { attempt: __, ...ofNothing } = good
  // What a dead attempt left is thrown away: a name that leads elsewhere is none.
  const drafts = path.join(store.place, '.tiastream/drafts')
  const precious = [path.join(store.place, 'precious'), path.join(drafts, 'of-another', 'precious')]
  for (const folder of precious) await mkdir(folder, { recursive: true })
  const strange = ['../../precious', `../../../${path.basename(store.place)}/precious`, '.', '', 'x/..', 'x/../../../precious', 7].map(
    (attempt) => ({
      ...good,
      worker: 'nobody',
      attempt,
    }),
  )
  const notes = [{ ...good, schema: 'another/1' }, byNobody, ofNothing, { ...good, worker: '../leases/s' }, ...strange]
  for (const note of ['half', '3', '{}', ...notes.map((one) => JSON.stringify(one))]) {
    await store.replace(leaseName('odd'), note)
    await (await take(t, second, 'odd')).release()
    for (const folder of precious) t.true(existsSync(folder), note)
  }
  await t.throwsAsync(store.discard('../../../precious'), { code: 'OUTPUT_ESCAPES' })
  await take(t, first)
  await rm(path.join(store.place, workerName(first.id)))
  t.false(isLease(await second.acquire('s')))
  b.pass(60)
  t.true(isLease(await second.acquire('s')))
  // Nobody is waited for longer than an hour, whatever a counter asks for.
  const own = { ...(JSON.parse(`${await store.read(workerName(second.id))}`) as object), birth: null }
  for (const [i, [over, silent]] of [
    [{ silentMs: 100 }, 100],
    [{ silentMs: 3_600_000 }, 3_600_000],
    ...[{ silentMs: 3_600_001 }, { silentMs: 0 }, { silentMs: 'long' }, { plan: 7 }, { schema: 'another/1' }].map(
      (one) => [one, 60] as const,
    ),
  ].entries() as Iterable<[number, readonly [object, number]]>) {
    const worker = `other${i}`
    await store.touch(workerName(worker), JSON.stringify({ ...own, worker, ...over }))
    await store.replace(leaseName(worker), JSON.stringify({ ...good, slide: worker, worker }))
    const isTaken = async () => isLease(await second.acquire(worker))
    t.false(await isTaken())
    b.pass(silent - 1)
    t.false(await isTaken(), JSON.stringify(over))
    b.pass(1)
    t.true(await isTaken(), JSON.stringify(over))
  }
})

test('an output is worked on by one plan: another is told who does, and has it when nobody does any more', async (t) => {
  const { store, a, b, first, second } = await two(t)
  await first.claim()
  await second.claim()
  await elsewhere(store, a, second)
  await first.leave()
  await second.leave()
  const other = await joinOutput(store, plan('two'), { times, clock: b.clock })
  await other.claim()
  const third = joinOutput(store, ones, { times: { beatMs: 10, silentMs: 5000 } })
  await t.throwsAsync(
    Promise.all([
      third,
      (async () => {
        for (let i = 0; i < 20; i++) {
          await b.beat()
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      })(),
    ]),
    { code: 'OUTPUT_BUSY', message: /by another plan/ },
  )
  await other.leave()
  await (await joinOutput(store, ones, { times })).leave()
  t.deepEqual(await leftIn(store.place), [])
})

test('a worker that is stopped, however long, holds its output for its plan: its process runs, and may go on', async (t) => {
  const store = await storeOf(await tempFolder(t))
  await store.prepare()
  const stopped = await joinOutput(store, ones, { times, clock: handClock().clock })
  t.teardown(() => stopped.leave())
  await stopped.claim()
  const { birth } = JSON.parse(`${await store.read(workerName(stopped.id))}`) as { birth: unknown }
  if (birth === null) return t.pass('SKIPPED: this system does not say which process is which')
  // Of whom it is silent for longer at each look.
  let now = 0
  const clock: Clock = { now: () => (now += times.silentMs), every: () => () => undefined }
  await t.throwsAsync(joinOutput(store, plan('two'), { times, clock }), { code: 'OUTPUT_BUSY' })
})

test('two plans that claim an output at once: one gets it', async (t) => {
  const { store } = await two(t)
  const workers = await Promise.all(
    ['three', 'four', 'five'].map((name) => joinOutput(store, plan(name), { times: { beatMs: 5, silentMs: 400 } })),
  )
  const claims = await Promise.allSettled(workers.map((worker) => worker.claim()))
  t.is(claims.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const claim of claims) if (claim.status === 'rejected') t.is((claim.reason as { code: string }).code, 'OUTPUT_BUSY')
  for (const worker of workers) await worker.leave()
})

const receipt = (rest: Partial<Receipt>): Receipt => receiptOf('s', { schema: receiptSchema, ...rest })

test('what workers left that died after the commit, or before they saw that it was done, is swept; what somebody may need stays', async (t) => {
  const { store, first, second } = await two(t)
  const leases: Record<string, Lease> = {}
  for (const slide of ['committed', 'late', 'again', 'at work']) {
    leases[slide] = (await first.acquire(slide, ...(slide === 'again' ? [true] : []))) as Lease
    await store.draft(leases[slide].attempt, `${slide}.csv`)
  }
  await writeReceipt(store, receipt({ slide: 'committed', attempt: leases.committed!.attempt }))
  await writeReceipt(store, receipt({ slide: 'late', attempt: 'another' }))
  await writeReceipt(store, receipt({ slide: 'again', attempt: 'another' }))
  await store.draft('long-gone-1', 'x.csv')
  await sweep(store, second, false)
  t.deepEqual((await readdir(path.join(store.place, '.tiastream/leases'))).sort(), ['again.json', 'at work.json'])
  t.deepEqual((await store.attempts()).toSorted(), [leases.again!.attempt, leases['at work']!.attempt].toSorted())
  t.deepEqual((await readdir(path.join(store.place, '.tiastream/workers'))).length, 2, 'nobody knows that the first is dead')
  // Who gathers has no lease. Once all slides are done nobody has anything left to do.
  await store.draft('gather-1', 'x.csv')
  for (const slide of ['again', 'at work']) await leases[slide]!.release()
  const left = async () => [await store.attempts(), (await readdir(path.join(store.place, '.tiastream/workers'))).length]
  await sweep(store, second, false)
  t.deepEqual(await left(), [['gather-1'], 2])
  await sweep(store, second, true)
  t.deepEqual(await left(), [[], 1])
  t.truthy(await store.read(workerName(second.id)))
})

test('whether a receipt is of a worker beside this one', async (t) => {
  const { store, b, first, second } = await two(t)
  const by = (worker: string) => receipt({ worker })
  t.false(await second.beside(by('an earlier run')))
  t.false(await second.beside(by(second.id)))
  t.is(((await second.beside(by(first.id))) as Held).worker, first.id, 'it may be dead')
  b.pass(60)
  t.false(await second.beside(by(first.id)), 'it is')
  await store.touch(workerName(first.id), `${await store.read(workerName(first.id))} `)
  t.true(await second.beside(by(first.id)), 'no, it lives')
  await first.leave()
  t.true(await second.beside(by(first.id)), 'it was here')
})
