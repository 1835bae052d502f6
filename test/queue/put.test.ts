/** What a second `submit` does to slides that are in the queue already: a queue stands in for those of the servers, which the slow tests ask. */

import test from 'ava'
import { receiptSchema } from '../../src/pipeline/store/receipts.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import type { Engine } from '../../src/queue/engine/engine.js'
import type { RunRecord, SlideJob } from '../../src/queue/jobs.js'
import { put } from '../../src/queue/put.js'
import { receiptOf } from '../results/outputs.js'
import { tempFolder } from '../support/temp.js'
import { writeReceipt } from '../support/write-receipt.js'

const jobOf = (slide: string, uri: string, traceparent = 'then'): SlideJob => ({
  ...{ run: 'r', slide, bytes: 1, traceparent },
  ref: { id: slide, uri, kind: 'slide', carried: {} },
})

test('slides that wait or have failed are asked for, at their next try, where the list has them now', async (t) => {
  const output = await tempFolder(t)
  const store = await storeOf(output)
  await store.prepare()
  const error = { code: 'SLIDE_MISSING', family: 'SlideError', message: '/old does not exist' }
  await writeReceipt(store, receiptOf('failed', { schema: receiptSchema, status: 'failed', files: [], error }))

  const states: Record<string, string> = { waits: 'prioritized', failed: 'failed', same: 'delayed' }
  const [held, updated] = [new Map(Object.keys(states).map((slide) => [slide, jobOf(slide, '/old')])), [] as string[]]
  const slideIn = (id: string) => [...held.keys()].find((slide) => id.includes(slide))!
  const queue = {
    getJobState: async (id: string) => states[slideIn(id)],
    getJob: async (id: string) => ({
      data: held.get(slideIn(id)),
      updateData: async (data: SlideJob) => {
        held.set(data.slide, data)
        updated.push(data.slide)
      },
    }),
  }
  const record = { run: 'r', queue: 'q', output, before: 0 } as RunRecord
  const parent = { id: 'r', data: record, getState: async () => 'completed' }
  const engine = { queue: (name: string) => (name === 'q' ? queue : { getJob: async () => parent }) } as unknown as Engine
  const slides = [jobOf('waits', '/new', 'now'), jobOf('failed', '/new', 'now'), jobOf('same', '/old', 'now')]
  t.like(await put(engine, record, slides), { there: 2, failed: 1, begun: false })
  t.deepEqual(updated.sort(), ['failed', 'waits'])
  t.is(held.get('failed')!.ref!.uri, '/new')
})

test('a slide whose job is in no list of the queue, as a server leaves it that throws keys away, is put in anew with its whole run', async (t) => {
  const done: string[] = []
  let hasJob = true
  const queue = {
    getJobState: async () => 'unknown',
    getJob: async () => (hasJob ? {} : undefined),
    getJobCounts: async () => ({}),
    isPaused: async () => false,
    obliterate: async () => void done.push('obliterate'),
    // The first time a worker is still at it.
    remove: async (id: string) => {
      hasJob = !done.includes(`remove ${id}`)
      done.push(`remove ${id}`)
      return hasJob ? 0 : 1
    },
  }
  let parent: object | undefined = { id: 'r', data: {}, getState: async () => 'waiting-children' }
  const register = {
    getJob: async () => parent,
    remove: async () => {
      done.push('remove run')
      parent = undefined
    },
  }
  const flows = () => ({
    add: async ({ children }: { children: readonly { data: SlideJob }[] }) => done.push(children.map((one) => one.data.slide).join()),
  })
  const engine = { queue: (name: string) => (name === 'q' ? queue : register), flows } as unknown as Engine
  const put7 = await put(engine, { run: 'r', queue: 'q', output: '/none', before: 0 } as RunRecord, [jobOf('a', '/a')], {
    lock: 1,
    waits: (message) => done.push(message),
  })
  const waits = 'a worker is still at r/a, which the server has lost: waiting until it gives it up'
  t.deepEqual(done, ['remove run', 'obliterate', 'remove r/a', waits, 'remove r/a', 'a'])
  t.deepEqual([put7.begun, put7.there, [...put7.added]], [true, 0, ['a']])
})
