import test from 'ava'
import { PipelineError } from '../../src/core/errors.js'
import { tiastreamVersion } from '../../src/pipeline/plan/version.js'
import type { EngineKind } from '../../src/queue/engine/address.js'
import { aheadBy } from '../../src/queue/engine/clock.js'
import type { Engine } from '../../src/queue/engine/engine.js'
import { lookAround } from '../../src/queue/look.js'
import { statusOf } from '../../src/queue/status.js'
import { work } from '../../src/queue/work.js'
import type { WorkerEvent } from '../../src/queue/worker-events.js'

/** A queue of one run whose last slide ends, as seen by who asks: before the question of this number it is at work, from then on to be gathered. */
function goesOnAt(question: number): Engine {
  let asked = 0
  const isOver = () => asked++ >= question
  const record = { run: 'r', queue: 'r.cpu', at: '2026-01-01', tiastream: tiastreamVersion }
  const queue = {
    getJobs: async (states: readonly string[]) => (states.includes(isOver() ? 'waiting' : 'waiting-children') ? [{ data: record }] : []),
    getJobCounts: async () => (isOver() ? { completed: 3 } : { active: 1, completed: 2 }),
  }
  return { queue: () => queue } as unknown as Engine
}

test('a run that goes on between two questions of a look is not missed', async (t) => {
  for (const question of [0, 1, 2, 3]) {
    const { runs, toGather } = await lookAround(goesOnAt(question), () => true)
    const left = runs.reduce((sum, { counts }) => sum + counts.waiting + counts.delayed + counts.active, 0)
    t.true(left > 0 || toGather > 0, `it goes on at question ${question}`)
  }
})

test('a run that nobody has submitted is named, where it is asked for and where a worker ends at once because of it', async (t) => {
  const queue = { getJobs: async () => [{ data: { run: 'run7', at: '' }, timestamp: 1 }], getJob: async () => undefined }
  const engine = { address: { shown: 'redis://lab' }, clockAhead: async () => 0, queue: () => queue } as unknown as Engine
  await t.throwsAsync(statusOf(engine, 'run8'), {
    code: 'RUN_UNKNOWN',
    message: 'redis://lab holds no run run8',
    instanceOf: PipelineError,
  })
  const events: WorkerEvent[] = []
  const { signal } = new AbortController()
  const end = await work(engine, { worker: 'w', run: 'run8', untilEmpty: true, signal, onEvent: (event) => events.push(event) })
  t.deepEqual(end, { done: 0, failed: 0 })
  t.like(events[0], { type: 'warning', code: 'RUN_UNKNOWN' })
})

test('a run that waits for slides which its server has lost is told once, and not one whose last slide has just ended', async (t) => {
  for (const [state, most] of [
    ['waiting-children', 1],
    ['completed', 0],
  ] as const) {
    const record = { run: 'r', queue: 'r.cpu', at: '2026-01-01', tiastream: tiastreamVersion }
    let looks = 0
    const queue = {
      getJobs: async (states: readonly string[]) => (states.includes('waiting-children') && looks++ < 2 ? [{ data: record }] : []),
      getJobCounts: async () => ({ completed: 3 }),
      getJobState: async () => state,
      getJob: async () => ({}),
    }
    const refused = { failed: (error: unknown) => error, address: { kind: 'redis', shown: 'redis://lab' }, clockAhead: async () => 0 }
    const said: string[] = []
    const onEvent = (event: WorkerEvent) => void (event.type === 'warning' && said.push(event.code))
    const engine = { ...refused, queue: () => queue } as unknown as Engine
    await work(engine, { worker: 'w', untilEmpty: true, idle: 1, signal: new AbortController().signal, onEvent })
    t.deepEqual(said, Array(most).fill('RUN_STRANDED'))
  }
})

/** A worker of a queue that has nothing for it, and whose clock goes otherwise than that of the server. */
async function workWith(kind: EngineKind, ahead: number, lock = 60_000) {
  const queue = { getJobs: async () => [], getJob: async () => undefined }
  const address = { kind, shown: `${kind}://lab` }
  const engine = { address, clockAhead: async () => ahead, failed: (error: unknown) => error, queue: () => queue } as unknown as Engine
  const told: string[] = []
  const onEvent = (event: WorkerEvent) => void (event.type === 'warning' && told.push(event.message))
  await work(engine, { worker: 'w', untilEmpty: true, lock, signal: new AbortController().signal, onEvent })
  return told
}

test('a clock by which a worker on PostgreSQL would take others for lost, or be taken for lost, is refused; on Redis it is told', async (t) => {
  const hours = 3 * 3_600_000
  await t.throwsAsync(workWith('postgres', hours), {
    code: 'QUEUE_UNUSABLE',
    message: /^the clock of this machine is 10,800 s ahead of that of postgres:\/\/lab, /,
  })
  await t.throwsAsync(workWith('postgres', -31_000), { code: 'QUEUE_UNUSABLE', message: / is 31 s behind that of / })
  await t.throwsAsync(workWith('postgres', 1600, 3000), { code: 'QUEUE_UNUSABLE' })
  t.deepEqual(await workWith('postgres', 29_000), [])
  t.deepEqual(await workWith('redis', 29_000), [])
  t.regex(
    (await workWith('redis', hours)).join(),
    /^the clock of this machine is 10,800 s ahead of that of redis:\/\/lab: .* waits so much longer /,
  )
})

test('what a clock is off is what no time of the answer explains', (t) => {
  // Asked at 1000, answered at 9000, by the clock here: the server said its time somewhere in between.
  t.is(aheadBy(1000, 1000, 9000), 0)
  t.is(aheadBy(1000, 9000, 9000), 0)
  t.is(aheadBy(1000, 400, 9000), 600)
  t.is(aheadBy(1000, 9700, 9000), -700)
})
