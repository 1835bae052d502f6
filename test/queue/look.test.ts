import test from 'ava'
import { PipelineError } from '../../src/core/errors.js'
import { tiastreamVersion } from '../../src/pipeline/plan/version.js'
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
  const engine = { address: { shown: 'redis://lab' }, queue: () => queue } as unknown as Engine
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
