/** Which thread of a device a batch falls to, and what comes of threads that are lost. */

import test from 'ava'
import { ModelError } from '../../../src/core/errors.js'
import { LaneDied } from '../../../src/flow/lane-died.js'
import type { Lanes } from '../../../src/flow/lanes.js'
import { Seats } from '../../../src/pipeline/run/seats.js'
import { Usage } from '../../../src/pipeline/run/usage.js'

const signal = new AbortController().signal
const job = { body: null }

/** A thread that is told how each of its jobs ends. */
function thread() {
  const jobs: { answer(ran?: readonly number[]): void; fail(error: unknown): void }[] = []
  const call = () =>
    new Promise((resolve, reject) => {
      jobs.push({ answer: (ran = []) => resolve({ ran }), fail: reject })
    })
  return { jobs, lanes: { call } as unknown as Lanes }
}

function seats(count: number) {
  const threads = Array.from({ length: count }, thread)
  const warnings: string[] = []
  const usage = new Usage((message) => warnings.push(message))
  const all = new Seats(
    threads.map(({ lanes }, i) => ({ name: `cuda:${i}`, lanes })),
    usage,
  )
  return { threads, warnings, usage, ask: () => all.ask(job, 8, signal), given: () => threads.map(({ jobs }) => jobs.length) }
}

test('a batch goes to the thread that has least to do', async (t) => {
  const { threads, ask, given } = seats(2)
  const asked = [ask(), ask(), ask()]
  t.deepEqual(given(), [2, 1])
  threads[0]!.jobs[0]!.answer()
  threads[0]!.jobs[1]!.answer()
  await Promise.all([asked[0], asked[2]])
  void ask()
  t.deepEqual(given(), [3, 1])
})

test('a card that is lost is given nothing more, and its batch is asked for again; the last one ends it', async (t) => {
  const { threads, ask, given, warnings } = seats(2)
  const asked = [ask(), ask()]
  threads[0]!.jobs[0]!.fail(new ModelError('DEVICE_LOST', 'cuda:0 answers no more: CUDA failure 999'))
  const again = await t.throwsAsync(asked[0]!, { instanceOf: LaneDied })
  t.is((again as LaneDied).job, 'beside')
  t.deepEqual(warnings, ['cuda:0 is gone, the others go on: cuda:0 answers no more: CUDA failure 999'])
  void ask().catch(() => undefined)
  t.deepEqual(given(), [1, 2])
  // A thread that cannot be started again is lost as well.
  threads[1]!.jobs[0]!.fail(new LaneDied(0, 'it could not be started again', 'hopeless'))
  await t.throwsAsync(asked[1]!, { code: 'DEVICE_LOST', message: /^cuda:1 is gone/ })
  await t.throwsAsync(ask(), { code: 'DEVICE_LOST' })
})

test('what is only of one batch leaves the thread where it is', async (t) => {
  const { threads, ask, given } = seats(1)
  const asked = ask()
  threads[0]!.jobs[0]!.fail(new ModelError('MODEL_FAILED', 'net failed'))
  await t.throwsAsync(asked, { code: 'MODEL_FAILED' })
  void ask()
  t.deepEqual(given(), [2])
})

test('what it computed and when is summed up under the name of its card', async (t) => {
  const { threads, ask, usage } = seats(1)
  const asked = ask()
  threads[0]!.jobs[0]!.answer([1000, 1010])
  await asked
  t.like(usage.summary(1).devices[0], { device: 'cuda:0', patches: 8, sessions: 1 })
})
