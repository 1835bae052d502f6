/** What happens to a run that a worker gathers, when somebody wants it out of the queue or put in again. */

import test from 'ava'
import { cancel } from '../../src/queue/change.js'
import { queueAddress } from '../../src/queue/engine/address.js'
import { openEngine } from '../../src/queue/engine/engine.js'
import type { RunRecord } from '../../src/queue/jobs.js'
import { queueName, register, runId } from '../../src/queue/names.js'
import { put } from '../../src/queue/put.js'
import { registerOf } from '../../src/queue/record.js'
import { startServer, whyNot } from './servers.js'

const recordOf = (run: string): RunRecord => ({
  run,
  queue: queueName(run, 'cpu'),
  device: 'cpu',
  output: '/nowhere',
  pipeline: '/nowhere/p.yml',
  fingerprint: 'f',
  sinks: 's',
  tiastream: '0',
  slides: 0,
  before: 0,
  by: 'me',
  at: '2026-01-01T00:00:00.000Z',
})

for (const kind of ['redis', 'postgres'] as const)
  test(`${kind}: it is waited for, whether its worker comes to an end or is lost and nobody else looks`, async (t) => {
    const absent = whyNot(kind)
    if (absent !== undefined) {
      t.log(absent)
      return t.pass(absent)
    }
    const warned: Error[] = []
    const onWarning = (warning: Error) => void warned.push(warning)
    process.on('warning', onWarning)
    t.teardown(() => process.off('warning', onWarning))
    const server = await startServer(kind)
    t.teardown(server.close)
    const engine = await openEngine(queueAddress(server.url), { prepare: true })
    t.teardown(() => engine.close())
    const told: string[] = []
    const options = { lock: 1000, waits: (message: string) => void told.push(message) }
    /** Whoever takes the run, and what it makes of it. */
    const taken = async (run: string, work: () => Promise<unknown>) => {
      await put(engine, recordOf(run), [])
      return new Promise<{ close(force?: boolean): Promise<unknown> }>((done) => {
        const worker = engine.worker(
          register,
          () => {
            done(worker)
            return work()
          },
          { lockDuration: 1000, stalledInterval: 500 },
        )
      })
    }
    let end: (value: unknown) => void = () => undefined
    const untilEnd = new Promise((done) => {
      end = done
    })
    const busy = await taken('ends', () => untilEnd)
    const cancelled = cancel(engine, 'ends', options)
    while (told.length === 0) await new Promise((done) => setTimeout(done, 20))
    t.is(await registerOf(engine).getJobState('ends'), 'active')
    end(null)
    t.true((await cancelled).over)
    t.is(await registerOf(engine).getJob('ends'), undefined)
    await busy.close()

    for (const what of ['cancel', 'put'] as const) {
      const lost = await taken(what, () => new Promise(() => undefined))
      await lost.close(true)
      if (what === 'put') {
        await put(engine, recordOf(what), [], options)
        t.is(await registerOf(engine).getJobState(what), 'waiting')
      } else {
        t.false((await cancel(engine, what, options)).over)
        t.is(await registerOf(engine).getJob(what), undefined)
      }
    }
    t.deepEqual(
      told.map((message) => /^(\w+) is being gathered: waiting/.exec(message)?.[1]),
      ['ends', 'cancel', 'put'],
    )

    // A cancel that was killed half-way; of runs that are called as keys of BullMQ, too.
    for (const run of ['half', 'pc', 'meta']) {
      const record = recordOf(run)
      const putIn = async () => {
        t.deepEqual([...(await put(engine, record, [{ run, slide: 's', bytes: 1, traceparent: '' }])).added], ['s'])
        t.is(await registerOf(engine).getJobState(runId(run)), 'waiting-children')
      }
      await putIn()
      const queue = engine.queue(record.queue)
      await queue.pause()
      t.is(await registerOf(engine).remove(runId(run), { removeChildren: false }), 1)
      await putIn()
      t.false(await queue.isPaused())
      t.is((await cancel(engine, run)).waiting, 1)
    }
    t.deepEqual(warned, [], 'however many runs there are')
  })
