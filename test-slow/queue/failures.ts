/** What goes wrong with workers, servers and disks, on either server. */

import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type { ExecutionContext, TestFn } from 'ava'
import { queueAddress } from '../../src/queue/engine/address.js'
import { type Engine, openEngine } from '../../src/queue/engine/engine.js'
import { registerOf } from '../../src/queue/record.js'
import type { WorkerEvent } from '../../src/queue/worker-events.js'
import { fill, mayMount, mountNeeded, smallDisk } from '../small-disk.js'
import type { Server } from './servers.js'
import { type Bench, heldUntil, isBand, lock, mustBeWhole, ofType, onOneServer, scenarios, slow, statusOf, unhurried } from './suite.js'

type Band = Extract<WorkerEvent, { type: 'slide.band' }>

/** The queue as this process sees it. */
async function engineOf(t: ExecutionContext, { server }: Bench): Promise<Engine> {
  const engine = await openEngine(queueAddress(server.url))
  t.teardown(() => engine.close())
  return engine
}

export function failures(test: TestFn, kind: Server['kind']): void {
  const scenario = scenarios(test, kind)
  const onOne = onOneServer(scenario, kind)

  onOne(
    'poison',
    'a slide that kills whoever takes it fails after four workers, by the name of the last; the others are done',
    async (t, one) => {
      const { put, worker, receipt } = one
      await put()
      const env = { TIASTREAM_TEST_LANE: 'abort:200:b' }
      const names: string[] = []
      let code: number | null = null
      while (code !== 0 && names.length < 7) {
        names.push(`w${names.length + 1}`)
        ;({ code } = await worker(names.at(-1)!, ['--until-empty', '--lock', '2'], env).ended)
      }
      t.is(code, 0)
      t.is(names.length, 5, 'four were lost, the fifth only found it')
      const { status, error } = await receipt('b')
      t.is(status, 'failed')
      t.is(error!.code, 'WORKER_LOST')
      t.regex(error!.message, /w4/)
      for (const slide of ['a', 'c']) t.is((await receipt(slide)).status, 'done')
      t.like(await statusOf(one, 'poison'), { state: 'over', done: 2, failed: 1 })
    },
  )

  scenario(
    'zombie',
    'a worker that stands still while its lock lapses: another does its slide, and what it says later is not heard',
    async (t, one) => {
      const { put, worker, folder } = one
      await put()
      const gate = path.join(folder, 'gate')
      const first = worker('w1', [], heldUntil(gate))
      const band = (await first.until(isBand())) as Band
      first.child.kill('SIGSTOP')
      const second = await worker('w2', ['--until-empty']).ended
      t.is(second.code, 0, second.err)
      t.truthy(second.events.find(ofType('slide.done', band.slide)))
      first.child.kill('SIGCONT')
      await writeFile(gate, '')
      await sleep(3000)
      first.child.kill('SIGTERM')
      t.is((await first.ended).code, 143)
      t.like(await statusOf(one, 'zombie'), { state: 'over', done: 3, failed: 0 })
      await mustBeWhole(t, one)
    },
  )

  onOne('version', 'a run of another version is left to others by name, and its slides stay', async (t, one) => {
    const { put, worker } = one
    await put()
    const record = await registerOf(await engineOf(t, one)).getJob('version')
    await record!.updateData({ ...record!.data, tiastream: '0.0.9' })
    const refused = await worker('w1', ['--until-empty']).ended
    t.is(refused.code, 2)
    t.regex(refused.err, /RUN_REFUSED.*0\.0\.9/)
    const status = await statusOf(one, 'version')
    t.like(status, { waiting: 3 })
    t.regex(status!.refused.join(), /w1: .*0\.0\.9/)
    // The same for a plan that is another on this machine.
    await record!.updateData({ ...record!.data, tiastream: record!.data.tiastream.replace('0.0.9', '') || '0.1.0', fingerprint: 'x' })
    t.is((await worker('w2', ['--until-empty']).ended).code, 2)
  })

  onOne(
    'edited',
    'a plan that is edited after it was submitted is done as it was; submitted again it is another run, and needs another name',
    async (t, one) => {
      const { put, submit, worker, receipt, pipeline } = one
      await put()
      const frozen = JSON.parse(await readFile(path.join(one.out, '.tiastream/queue/edited.json'), 'utf8'))
      await writeFile(pipeline, (await readFile(pipeline, 'utf8')).replace('at: 2 mpp', 'at: 2 mpp, stride: 112 px'))
      const { code, err } = await submit()
      t.is(code, 2)
      t.regex(err, /RUN_DIFFERS/)
      t.regex(err, /--name/)
      t.is((await worker('w1', ['--until-empty']).ended).code, 0)
      t.is((await receipt('a')).fingerprint, frozen.fingerprint)
      t.false(JSON.stringify(frozen).includes(one.server.password))
    },
    { own: true },
  )

  onOne('atmost', '--at-most holds over all workers together', async (t, { put, worker }) => {
    await put({ atMost: 1 })
    const ended = await Promise.all(['w1', 'w2'].map((name) => worker(name, ['--until-empty', '--lock', unhurried], slow).ended))
    const events = ended
      .flatMap((each) => each.events as readonly (WorkerEvent & { time: string })[])
      .toSorted((a, b) => (a.time < b.time ? -1 : 1))
    let [open, most] = [0, 0]
    for (const { type } of events) {
      if (type === 'slide.start') most = Math.max(most, ++open)
      if (type === 'slide.done') open--
    }
    t.is(most, 1)
    t.is(events.filter(({ type }) => type === 'slide.done').length, 3)
  })

  onOne('cancelled', 'a run that is cancelled is given up by its worker; submitted again it goes on where it was', async (t, one) => {
    const { put, submitAndWait, worker, atOnce, folder } = one
    const waiting = submitAndWait()
    while (!(await statusOf(one, 'cancelled'))) await sleep(200)
    const gate = path.join(folder, 'gate')
    const first = worker('w1', ['--until-empty'], heldUntil(gate))
    const band = (await first.until(isBand())) as Band
    const cancelled = await atOnce(['cancel', 'cancelled'])
    // It finds out as it renews its lock, twice in this time.
    await sleep(lock * 1000)
    await writeFile(gate, '')
    t.regex(cancelled.out, /out of the queue, 2 were waiting; 1 at work/)
    t.is((await first.ended).code, 0)
    t.falsy((await first.ended).events.find(ofType('slide.done', band.slide)))
    const waited = await waiting
    t.is(waited.code, 2)
    t.regex(waited.err, /RUN_CANCELLED/)
    t.is(await statusOf(one, 'cancelled'), undefined)
    await put()
    const second = await worker('w2', ['--until-empty']).ended
    t.is(second.code, 0, second.err)
    t.truthy(second.events.find(ofType('slide.resumed', band.slide)))
    await mustBeWhole(t, one)
  })

  scenario(
    'away',
    'a queue that goes away in the middle: the slide in hand is done, and handed over when it is back',
    async (t, one) => {
      const { put, worker, server, folder } = one
      await put()
      const gate = path.join(folder, 'gate')
      const first = worker('w1', ['--until-empty'], heldUntil(gate))
      const band = (await first.until(isBand())) as Band
      await server.stop()
      await writeFile(gate, '')
      t.log(`${band.slide} was at work`)
      await first.until(ofType('slide.done', band.slide))
      await first.until(({ type }) => type === 'work.paused')
      await server.start()
      const { code, events, err } = await first.ended
      t.is(code, 0, err)
      t.truthy(events.find(({ type }) => type === 'work.resumed'))
      t.is(events.filter(ofType('slide.done')).length, 3, 'each slide once')
      t.false(err.includes(server.password))
      await mustBeWhole(t, one)
    },
    { alone: true },
  )

  onOne(
    'gone',
    'a queue that stays away: the slide in hand is done, then the worker ends with 5',
    async (t, one) => {
      const { put, worker, server, receipt, folder } = one
      await put()
      const gate = path.join(folder, 'gate')
      const first = worker('w1', ['--patience', '2'], heldUntil(gate))
      const band = (await first.until(isBand())) as Band
      await server.stop()
      await writeFile(gate, '')
      try {
        const { code, err } = await first.ended
        t.is(code, 5, err)
        t.regex(err, /QUEUE_UNREACHABLE/)
        t.is((await receipt(band.slide)).status, 'done')
      } finally {
        await server.start()
      }
      t.is((await worker('w2', ['--until-empty']).ended).code, 0)
      await mustBeWhole(t, one)
    },
    { alone: true },
  )

  onOne('disk', 'a full disk pauses the worker, and no slide fails for it', async (t, one) => {
    const { command, worker, folder, pipeline } = one
    if (!mayMount) {
      t.log(mountNeeded)
      t.pass(mountNeeded)
      return
    }
    const disk = await smallDisk(t, folder, 12_000)
    const out = path.join(disk, 'out')
    await command(['submit', pipeline, '--name', 'disk', '-o', out])
    const ballast = await fill(disk, 40)
    const first = worker('w1', ['--until-empty', '--room-every', '1'])
    await first.until(({ type }) => type === 'work.paused')
    await sleep(1500)
    await rm(ballast)
    const { code, events, err } = await first.ended
    t.is(code, 0, err)
    t.truthy(events.find(({ type }) => type === 'work.resumed'))
    t.is(events.filter(ofType('slide.failed')).length, 0)
    t.like(await statusOf(one, 'disk'), { state: 'over', done: 3, failed: 0 })
    await mustBeWhole(t, { ...one, out })
  })

  onOne(
    'board',
    'the API of bull-board answers with our queues',
    async (t, one) => {
      await one.put()
      const engine = await engineOf(t, one)
      const routes: {
        readonly route: string | string[]
        readonly method: unknown
        handler(request: unknown): Promise<{ body: unknown }>
      }[] = []
      let queues: unknown
      const adapter: Record<string, unknown> = new Proxy(
        {},
        {
          get: (_, name) => (given: never) => {
            if (name === 'setApiRoutes') routes.push(...(given as typeof routes))
            if (name === 'setQueues') queues = given
            return adapter
          },
        },
      )
      createBullBoard({
        queues: ['tiastream', 'tiastream.board.cpu'].map((name) => new BullMQAdapter(engine.queue(name) as never)),
        serverAdapter: adapter as never,
      })
      const route = routes.find((each) => each.route === '/api/queues')
      const { body } = await route!.handler({ queues, query: {}, params: {}, headers: {}, body: {} })
      const told = (body as { queues: { name: string; counts: Record<string, number> }[] }).queues
      t.deepEqual(
        told.map(({ name, counts }) => [name, counts.prioritized, counts['waiting-children']]),
        [
          ['tiastream', 0, told[0]!.counts['waiting-children']],
          ['tiastream.board.cpu', 3, 0],
        ],
      )
    },
    { alone: true },
  )
}
