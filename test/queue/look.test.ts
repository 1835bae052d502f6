import test from 'ava'
import { tiastreamVersion } from '../../src/pipeline/plan/version.js'
import type { Engine } from '../../src/queue/engine/engine.js'
import { lookAround } from '../../src/queue/look.js'

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
