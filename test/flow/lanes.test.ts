import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { LaneDied, untilBlamedTwice } from '../../src/flow/lane-died.js'
import { Lanes } from '../../src/flow/lanes.js'

const script = new URL('../support/echo-lane.js', import.meta.url)
const revive = (error: unknown) => new Error((error as { message: string }).message)
const lanesOf = (count: number) => new Lanes({ count, script, workerData: null, revive })

interface Said {
  threadId: number
  told: string
  seen: number[]
  waited: number[]
}

test('jobs of one lane run in order, and different lanes are different threads', async (t) => {
  const lanes = lanesOf(2)
  t.teardown(() => lanes.close())
  const answers = await Promise.all([1, 2, 3, 4, 5].map((say) => lanes.call<Said>(0, { body: { say, wait: 6 - say } })))
  t.deepEqual(answers.at(-1)!.seen, [1, 2, 3, 4, 5])
  t.not((await lanes.call<Said>(1, { body: {} })).threadId, answers[0]!.threadId)
})

test('a lane is told of a job that waits for the one at work, and of no other', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  await lanes.call(0, { body: { say: 1 } })
  // Nobody's clock: the second is let go when the third was sent, the third when the fourth was.
  const gate = new SharedArrayBuffer(4)
  const answers = [2, 3, 4].map((say, at) => lanes.call<Said>(0, { body: { say, gate, until: Math.min(at + 1, 2) } }))
  for (const answer of answers.slice(0, 2)) {
    Atomics.add(new Int32Array(gate), 0, 1)
    await answer
  }
  t.deepEqual((await answers[2]!).waited, [3, 4])
  t.deepEqual((await lanes.call<Said>(0, { body: { say: 5 } })).waited, [3, 4])
})

test('an error of a job is thrown where it was asked, and the lane goes on', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  await t.throwsAsync(lanes.call(0, { body: { fail: 'no such slide' } }), { message: 'no such slide' })
  t.deepEqual((await lanes.call<Said>(0, { body: { say: 7 } })).seen, [7])
})

test('what no thread can be sent is the fault of its job, and the lane goes on', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  await lanes.call(0, { body: {} })
  for (let n = 0; n < 3; n++)
    await t.throwsAsync(lanes.call(0, { body: { say: () => n } }), { message: /^a job cannot be sent to a thread: / })
  await t.throwsAsync(lanes.setup('slide', new Proxy({}, {})), { message: /^a job cannot be sent to a thread: / })
  t.deepEqual((await lanes.call<Said>(0, { body: { say: 7 } })).seen, [7])
})

test('a lane that dies is started again, told its setup, and its job is done by the new thread', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  await lanes.setup('slide', { tell: 'a.svs' })
  const first = await lanes.call<Said>(0, { body: {} })
  const again = await lanes.call<Said>(0, { body: { dieOnce: new SharedArrayBuffer(4) } })
  t.is(again.told, 'a.svs')
  t.not(again.threadId, first.threadId)
})

test('a job that kills its lane twice fails with LaneDied, and other jobs go on', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  await t.throwsAsync(lanes.call(0, { body: { die: true } }), { instanceOf: LaneDied })
  t.deepEqual((await lanes.call<Said>(0, { body: { say: 1 } })).seen, [1])
})

test('jobs around one that kills its lane are all answered', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  const jobs = [{ say: 1 }, { say: 2 }, { die: true }, { say: 3 }, { say: 4 }].map((body) => lanes.call<Said>(0, { body }))
  const outcomes = await Promise.allSettled(jobs)
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  t.true((outcomes[2] as PromiseRejectedResult).reason instanceof LaneDied)
})

test('a script that cannot start is tried three times, not for ever', async (t) => {
  const lanes = new Lanes({ count: 1, script: new URL('file:///no/such/lane.js'), workerData: null })
  t.teardown(() => lanes.close())
  await t.throwsAsync(lanes.call(0, { body: {} }), { instanceOf: LaneDied })
})

test('where the system lets no more threads begin, none is left behind, and a lane that died is given up', async (t) => {
  const only = (count: number, threads: number) => {
    let left = threads
    const next = () => {
      if (left-- === 0) throw new Error('EAGAIN')
      return script
    }
    return new Lanes(Object.defineProperty({ count, script, workerData: null }, 'script', { get: next }))
  }
  t.throws(() => only(2, 1), { message: 'EAGAIN' })
  const lanes = only(1, 1)
  t.teardown(() => lanes.close())
  const both = [{ die: true }, { say: 1 }].map((body) => lanes.call(0, { body }))
  for (const one of both) await t.throwsAsync(one, { instanceOf: LaneDied, message: /EAGAIN/ })
  await t.throwsAsync(lanes.call(0, { body: {} }), { instanceOf: LaneDied })
})

test('a process that ends itself waits for what is at work, and begins nothing further', async (t) => {
  const program = `
    import { Lanes } from ${JSON.stringify(new URL('../../src/flow/lanes.js', import.meta.url))}
    const lanes = new Lanes({ count: 1, script: new URL(${JSON.stringify(script)}), workerData: null })
    const gate = new SharedArrayBuffer(4)
    await lanes.setup('it is there', { say: 0 })
    for (const hold of [60, 0]) lanes.call(0, { body: { hold, gate } })
    setTimeout(() => process.exit(5), 20)
    process.on('exit', () => process.stdout.write(String(Atomics.load(new Int32Array(gate), 0))))
  `
  const error = await t.throwsAsync(promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]))
  t.like(error, { code: 5, stdout: '1' })
})

test('a job still waiting when its signal aborts is never sent', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  const stop = new AbortController()
  const running = [1, 2].map((say) => lanes.call<Said>(0, { body: { say, wait: 50 } }))
  const waiting = lanes.call(0, { body: { say: 3 } }, stop.signal)
  stop.abort(new Error('enough'))
  await t.throwsAsync(waiting, { message: 'enough' })
  await Promise.all(running)
  t.deepEqual((await lanes.call<Said>(0, { body: {} })).seen, [1, 2])
})

test('buffers move, they are not copied', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  const bytes = new Uint8Array([1, 2, 3])
  const answer = await lanes.call<Uint8Array>(0, { body: { bytes }, transfer: [bytes.buffer] })
  t.is(bytes.length, 0)
  t.deepEqual([...answer], [1, 2, 3])
})

test('a lane that dies during a setup does it once in its new thread, after the setups before it', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  await lanes.setup('model', { say: 1 })
  await lanes.setup('slide', { say: 2, dieOnce: new SharedArrayBuffer(4) })
  t.deepEqual((await lanes.call<Said>(0, { body: {} })).seen, [1, 2])
})

test('a setup that always ends its thread fails, is forgotten, and harms no other job', async (t) => {
  const lanes = lanesOf(2)
  t.teardown(() => lanes.close())
  await lanes.setup('model', { say: 1 })
  await t.throwsAsync(lanes.setup('bad', { die: true }), { instanceOf: LaneDied })
  await lanes.teardown('bad', {})
  for (const lane of [0, 1]) t.deepEqual((await lanes.call<Said>(lane, { body: { dieOnce: new SharedArrayBuffer(4) } })).seen, [1])
})

test('any number of jobs in a row may end their thread: each fails, none after them', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  for (let slide = 0; slide < 5; slide++) {
    await lanes.setup(`slide ${slide}`, { say: slide })
    await t.throwsAsync(lanes.call(0, { body: { die: true } }), { instanceOf: LaneDied, message: /lane 0 died/ })
    await lanes.teardown(`slide ${slide}`, {})
  }
  t.deepEqual((await lanes.call<Said>(0, { body: { say: 9 } })).seen, [4, 9])
})

test('of jobs whose buffers went down with a thread the one at work is to blame, those beside it are not', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  await lanes.setup('model', { say: 1 })
  const job = (body: object) => {
    const bytes = new Uint8Array([1])
    return lanes.call(0, { body: { ...body, bytes }, transfer: [bytes.buffer] })
  }
  const outcomes = await Promise.allSettled([job({ die: true }), job({}), job({})])
  t.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as LaneDied).job : 'done')),
    // Two jobs are in the thread at once; the third had not been sent.
    ['at work', 'beside', 'done'],
  )
})

test('a thread that cannot do its setups again is given up, and says so', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  const mayLive = new SharedArrayBuffer(4)
  await lanes.setup('model', { dieLater: mayLive })
  await t.throwsAsync(lanes.call(0, { body: { die: true } }), { instanceOf: LaneDied, message: /lane 0 died/ })
  const error = await t.throwsAsync(lanes.call<Said>(0, { body: {} }), { instanceOf: LaneDied })
  t.is(error!.job, 'hopeless')
})

test('work whose buffers went down with a thread is done again; what ended the thread only once more', async (t) => {
  const lanes = lanesOf(1)
  t.teardown(() => lanes.close())
  await lanes.setup('model', {})
  const calls = { bad: 0, good: 0 }
  const work = (name: 'bad' | 'good', body: object) =>
    untilBlamedTwice(() => {
      calls[name]++
      const bytes = new Uint8Array([7])
      return lanes.call<Uint8Array>(0, { body: { ...body, bytes }, transfer: [bytes.buffer] })
    })
  const [bad, good] = await Promise.allSettled([work('bad', { die: true }), work('good', {})])
  t.true(bad.status === 'rejected' && bad.reason instanceof LaneDied)
  t.deepEqual([...(good as PromiseFulfilledResult<Uint8Array>).value], [7])
  t.is(calls.bad, 2)
  t.true(calls.good >= 2, 'it went down with the thread, too')
})
