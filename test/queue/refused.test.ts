/** Runs that a worker cannot work on: their slides stay those of the others. */

import { mkdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import type { Engine } from '../../src/queue/engine/engine.js'
import { freeze, writeRun } from '../../src/queue/frozen.js'
import type { RunRecord } from '../../src/queue/jobs.js'
import { Post } from '../../src/queue/post.js'
import { work } from '../../src/queue/work.js'
import { writePipeline } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'

async function submitted(t: ExecutionContext) {
  const folder = await tempFolder(t)
  const plan = await readPlan(await writePipeline(folder, { model: null, sinks: '[csv]' }))
  const frozen = await freeze(plan, { run: 'r', device: 'cpu', vars: {}, plugins: false }, [])
  const { pipeline, fingerprint, sinks, tiastream } = frozen
  const facts = { ...{ pipeline, fingerprint, sinks, tiastream }, slides: 1, before: 0, by: 'me', at: '2026-01-01' }
  const record: RunRecord = { run: 'r', queue: 'r.cpu', device: 'cpu', output: plan.output, ...facts }
  return { record, output: plan.output, write: () => writeRun(frozen) }
}

type Process = (job: object, token: string) => Promise<unknown>

/** A worker of a queue that is given its jobs by the test. */
function server(more: object = {}) {
  const processes: Process[] = []
  const worker = { on: () => worker, pause: async () => undefined, resume: async () => undefined, close: async () => undefined }
  const made = (_: string, process: Process) => {
    processes.push(process)
    return worker
  }
  const engine = {
    worker: made,
    moved: () => new Error('moved'),
    address: { shown: 'redis://lab' },
    clockAhead: async () => 0,
    ...more,
  } as unknown as Engine
  return { engine, processes }
}

test('an output that cannot be written to is a refusal: its slides are given back, and no try is counted', async (t) => {
  const { record, output, write } = await submitted(t)
  await mkdir(output)
  await write()
  const elsewhere = await tempFolder(t)
  await symlink(elsewhere, path.join(output, '.tiastream/receipts'))
  const { engine, processes } = server()
  const leaving = new AbortController().signal
  const post = await Post.open(record, { engine, worker: 'w', runtime: {}, lock: 60_000, tell: () => {}, leaving, onFull: () => {} })
  const given: string[] = []
  const job = { id: 'r/s', data: { run: 'r', slide: 's', bytes: 1, traceparent: '' }, timestamp: 0, attemptsMade: 0 }
  const calls = { updateProgress: async () => undefined, moveToWait: async (token: string) => void given.push(token) }
  await t.throwsAsync(processes[0]!({ ...job, ...calls }, 'token'), { message: 'moved' })
  t.deepEqual(given, ['token'])
  t.is(post.refusal?.code, 'OUTPUT_ESCAPES')
  await post.leave()
})

test('a run that was refused once, and taken since, is waited for as any other while its last slide is at work elsewhere', async (t) => {
  const { record, output, write } = await submitted(t)
  let looks = 0
  const counts = () => (looks < 3 ? { waiting: 1 } : { active: 1 })
  const queue = {
    getJobs: async (states: readonly string[]) => {
      if (!states.includes('waiting-children')) return []
      looks++
      // The mount comes.
      if (looks === 2) await mkdir(output, { recursive: true }).then(write)
      return looks < 5 ? [{ data: record }] : []
    },
    getJobCounts: async () => counts(),
    addJobLog: async () => undefined,
    getJob: async () => ({}),
  }
  const { engine, processes } = server({ queue: () => queue, failed: (error: unknown) => error })
  await rm(output, { recursive: true, force: true })
  const { signal } = new AbortController()
  const events: string[] = []
  const onEvent = ({ type }: { readonly type: string }) => void events.push(type)
  const ended = await work(engine, { worker: 'w', untilEmpty: true, idle: 1, refusedFor: 1, signal, onEvent })
  t.deepEqual(ended, { done: 0, failed: 0 })
  t.deepEqual([events, processes.length, looks], [['queue.seen', 'work.refused', 'queue.seen', 'queue.seen', 'work.end'], 1, 5])
})

test('a run that is no longer in the queue while slides of it are in hand is told: the worker ends well, and they are not done', async (t) => {
  const { record, output, write } = await submitted(t)
  await mkdir(output, { recursive: true })
  await write()
  let looks = 0
  let inHand: Promise<unknown> | undefined
  const { engine, processes } = server({ queue: () => queue, failed: (error: unknown) => error })
  const queue = {
    getJobs: async (states: readonly string[]) => {
      if (!states.includes('waiting-children')) return []
      looks++
      const job = { id: 'r/s', data: { run: 'r', slide: 's', bytes: 1, traceparent: '' }, timestamp: 0, attemptsMade: 0 }
      const calls = { updateProgress: async () => undefined, moveToWait: async () => undefined }
      if (looks === 2) inHand = processes[0]!({ ...job, ...calls }, 'token').catch(() => undefined)
      return looks < 2 ? [{ data: record }] : []
    },
    getJobCounts: async () => ({ active: 1 }),
    addJobLog: async () => undefined,
    getJob: async () => undefined,
  }
  const said: string[] = []
  const onEvent = (event: { readonly type: string; readonly message?: string }) => {
    if (event.type === 'warning') said.push(event.message!)
  }
  await work(engine, { worker: 'w', untilEmpty: true, idle: 1, signal: new AbortController().signal, onEvent })
  await inHand
  t.deepEqual(said, [
    'r is no longer in the queue (was it cancelled, or has the server lost what it held?): 1 slide in hand given up; submitted again it goes on',
  ])
})
