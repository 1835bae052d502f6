import test from 'ava'
import fc from 'fast-check'
import { Credits } from '../../src/flow/credits.js'

const never = new AbortController().signal
/** Turns of the event loop, in which everything that can begin begins. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Jobs that end when the test says so, and which lane each fell to. */
function desk(credits: Credits) {
  const begun: { job: string; lane: number }[] = []
  const finish = new Map<string, () => void>()
  const ask = (line: string, lane: number, job: string, signal = never) =>
    credits.spend(
      line,
      lane,
      (given) => {
        begun.push({ job, lane: given })
        return new Promise<string>((resolve) => finish.set(job, () => resolve(job)))
      },
      signal,
    )
  const names = () => begun.map(({ job }) => job)
  const answer = async (job: string) => {
    finish.get(job)!()
    await settled()
  }
  return { ask, begun, names, answer }
}

test('whoever never answers is given no more than the credits', async (t) => {
  const credits = new Credits(4, 3)
  const { ask, begun, answer } = desk(credits)
  const all = Array.from({ length: 400 }, (_, i) => ask('slide', i % 4, `${i}`))
  await settled()
  t.is(begun.length, 12)
  for (let lane = 0; lane < 4; lane++) t.is(begun.filter((one) => one.lane === lane).length, 3)
  for (let i = 0; i < 400; i++) {
    t.true(begun.length <= i + 12)
    await answer(begun[i]!.job)
  }
  t.is((await Promise.all(all)).length, 400)
})

test('however work is handed out: each job is done once, at most the credits at a time', async (t) => {
  const jobs = fc.array(fc.record({ line: fc.constantFrom('a', 'b', 'c'), lane: fc.nat(2), turns: fc.nat(3), fails: fc.boolean() }))
  await fc.assert(
    fc.asyncProperty(jobs, fc.integer({ min: 1, max: 3 }), async (asked, each) => {
      const credits = new Credits(3, each)
      const [open, done] = [[0, 0, 0], [] as number[]]
      const outcomes = await Promise.allSettled(
        asked.map(({ line, lane, turns, fails }, i) =>
          credits.spend(
            line,
            lane,
            async (given) => {
              t.true(++open[given]! <= each)
              for (let turn = 0; turn < turns; turn++) await settled()
              open[given]!--
              done.push(i)
              if (fails) throw new Error('broken')
            },
            never,
          ),
        ),
      )
      t.deepEqual(
        done.toSorted((a, b) => a - b),
        [...asked.keys()],
      )
      t.deepEqual(
        outcomes.map(({ status }) => status === 'rejected'),
        asked.map(({ fails }) => fails),
      )
    }),
    { numRuns: 50 },
  )
})

test('a lane does its own jobs first and in order; with nothing at hand it takes the last of the fullest other', async (t) => {
  const { ask, begun, answer } = desk(new Credits(3, 2))
  for (const job of ['a1', 'a2', 'a3', 'a4', 'a5']) void ask('slide', 0, job)
  for (const job of ['b1', 'b2', 'b3']) void ask('slide', 1, job)
  await settled()
  t.deepEqual(begun, [
    { job: 'a1', lane: 0 },
    { job: 'a2', lane: 0 },
    { job: 'b1', lane: 1 },
    { job: 'b2', lane: 1 },
    { job: 'a5', lane: 2 },
  ])
  await answer('b1')
  t.deepEqual(begun.at(-1), { job: 'b3', lane: 1 })
  await answer('b2')
  t.is(begun.length, 6, 'one that has something at hand takes nothing over')
  await answer('b3')
  t.deepEqual(begun.at(-1), { job: 'a4', lane: 1 })
})

test('a lane that is at work is given what comes later, as long as it has a credit', async (t) => {
  const { ask, names } = desk(new Credits(2, 2))
  for (const job of ['a1', 'a2', 'a3']) {
    void ask('slide', 0, job)
    await settled()
    // One that is idle is given what is meant for another.
    if (job === 'a1') void ask('slide', 1, 'b1')
  }
  t.deepEqual(names(), ['a1', 'b1', 'a2'])
})

test('the older line comes first, and the younger is begun while the last jobs of the older are at work', async (t) => {
  const credits = new Credits(1, 2)
  const { ask, names, answer } = desk(credits)
  const older = ['a1', 'a2', 'a3', 'a4'].map((job) => ask('a', 0, job))
  for (const job of ['b1', 'b2', 'b3']) void ask('b', 0, job)
  await settled()
  t.deepEqual(names(), ['a1', 'a2'])
  await answer('a1')
  await answer('a2')
  t.deepEqual(names(), ['a1', 'a2', 'a3', 'a4'])
  await answer('a3')
  t.deepEqual(names().slice(4), ['b1'], 'before the last answer of the older')
  await answer('a4')
  t.deepEqual(await Promise.all(older), ['a1', 'a2', 'a3', 'a4'])
  credits.end('a')
  void ask('a', 0, 'a5')
  await answer('b1')
  t.deepEqual(names().slice(4), ['b1', 'b2', 'b3'], 'what ended and comes again is the youngest')
})

test('what waits when its signal aborts, or when its line ends, is never begun', async (t) => {
  const credits = new Credits(1, 1)
  const { ask, names, answer } = desk(credits)
  const stop = new AbortController()
  const first = ask('a', 0, 'first')
  const stopped = ask('a', 0, 'stopped', stop.signal)
  const after = ask('a', 0, 'after')
  const other = ask('b', 0, 'other', stop.signal)
  stop.abort(new Error('enough'))
  credits.end('b')
  credits.end('one that asked for nothing')
  await t.throwsAsync(other, { message: 'enough' })
  await answer('first')
  await t.throwsAsync(stopped, { message: 'enough' })
  await answer('after')
  t.deepEqual([await first, await after], ['first', 'after'])
  t.deepEqual(names(), ['first', 'after'])
})
