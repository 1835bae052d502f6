// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** What must hold of a queue, on either server: real servers, real workers in processes of their own, real deaths. Expectations are the files of a plain run. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { ExecutionContext, TestFn } from 'ava'
import PQueue from 'p-queue'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { queueAddress } from '../../src/queue/engine/address.js'
import { type Engine, openEngine, type Worker } from '../../src/queue/engine/engine.js'
import { register } from '../../src/queue/names.js'
import { statusOf as allStatus, type RunStatus } from '../../src/queue/status.js'
import { type SubmitOptions, submit } from '../../src/queue/submit.js'
import type { WorkerEvent } from '../../src/queue/worker-events.js'
import { tiastream } from '../../test/support/command-line.js'
import type { Ended } from '../../test/support/command-server.js'
import { demoSlide, resultsOf } from '../../test/support/pipeline-file.js'
import { writeSmallModel } from '../../test/support/small-model.js'
import { tempFolder } from '../../test/support/temp.js'
import { eachEvent } from '../event-lines.js'
import { long } from '../long.js'
import { type Server, startServer, whyNot } from './servers.js'

const compiled = path.join(packageRoot, 'dist')
const cli = path.join(compiled, 'src/cli.js')
const faults = ['--import', path.join(compiled, 'test-slow/crash/faults.js')]

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
  readonly events: readonly WorkerEvent[]
}

export interface Running {
  readonly child: ChildProcess
  readonly events: readonly WorkerEvent[]
  readonly ended: Promise<Ran>
  /** Resolves with the first event that fits, also one that has come. */
  until(fits: (event: WorkerEvent) => boolean): Promise<WorkerEvent>
}

/** What a test of the suite works with. */
export interface Bench {
  readonly folder: string
  readonly pipeline: string
  readonly out: string
  readonly server: Server
  readonly expected: ReadonlyMap<string, Buffer>
  start(args: readonly string[], env?: Record<string, string>): Running
  /** A command that ends by itself, in a process that runs one after another. */
  command(args: readonly string[]): Promise<Ended>
  /** The same at once: in a process of its own. */
  atOnce(args: readonly string[]): Promise<Ran>
  /** Puts the cohort into the queue as this test's run. */
  submit(): Promise<Ended>
  /** The same, and waits until it is over. */
  submitAndWait(): Promise<Ran>
  /** The same without the command: a second of processor time less. */
  put(options?: Partial<SubmitOptions>, output?: string): Promise<void>
  /** A worker at that run alone. */
  worker(name: string, args?: readonly string[], env?: Record<string, string>): Running
  receipt(slide: string): Promise<Receipt>
}

export const slides = ['a', 'b', 'c'] as const

/** Seconds after which a worker of these tests is lost. */
export const lock = 3

/** The same where none may be lost, however long a busy machine keeps it from its work. */
export const unhurried = '60'

/** Of each slide the journal is slow to write (its head and three bands), so that it takes a while and no processor. */
export const slowSlides = { TIASTREAM_TEST_FLUSH: '1000:.journal' }
/** The same of the first slide that a worker takes: in the middle of it something happens. */
export const slow = { TIASTREAM_TEST_FLUSH: '1000:.journal:4' }
/** A worker stands in the middle of its first slide, one band of which is written, until there is a gate. */
export const heldUntil = (gate: string) => ({ TIASTREAM_TEST_HOLD: `2:.journal:${gate}` })

/** The pipeline of all tests that do not change their slides. */
let made: Promise<string> | undefined
let expected: Promise<ReadonlyMap<string, Buffer>> | undefined
const servers = new Map<Server['kind'], Promise<Server>>()

async function cohort(folder: string): Promise<string> {
  await mkdir(path.join(folder, 'in'), { recursive: true })
  for (const name of slides) await copyFile(demoSlide, path.join(folder, 'in', `${name}.tif`))
  await writeSmallModel(folder)
  const file = path.join(folder, 'pipeline.yml')
  await writeFile(
    file,
    `output: ./out
slides: { glob: "in/*.tif" }
stages:
  - grid: { size: 56 px, at: 2 mpp }
  - extract: {}
  - batch: { size: 16 }
  - infer: { model: small }
  - merge
sinks: [parquet]
runtime: { lanes: 1, slides: 1 }
`,
  )
  return file
}

/** A cohort of three slides, and the server of the file or one apart; skipped by name where the server is not installed. */
export async function bench(t: ExecutionContext, kind: Server['kind'], run: string, own: boolean, apart: boolean): Promise<Bench | null> {
  const absent = whyNot(kind)
  if (absent !== undefined) {
    t.log(absent)
    t.pass(absent)
    return null
  }
  if (!apart && !servers.has(kind)) servers.set(kind, startServer(kind))
  const server = await (apart ? startServer(kind) : servers.get(kind)!)
  if (apart) t.teardown(server.close)
  const folder = await tempFolder(t)
  made ??= mkdtemp(path.join(os.tmpdir(), 'tiastream-cohort-')).then(cohort)
  // One cohort for all: tables name the place of their slide.
  const pipeline = own ? await cohort(folder) : await made
  const out = path.join(folder, 'out')
  const running: ChildProcess[] = []
  t.teardown(() => {
    for (const child of running) child.kill('SIGKILL')
  })
  const start = (args: readonly string[], env: Record<string, string> = {}): Running => {
    const one = startNode([...(Object.keys(env).some((name) => name.startsWith('TIASTREAM_TEST')) ? faults : []), cli, ...args], {
      TIASTREAM_QUEUE: server.url,
      ...env,
    })
    running.push(one.child)
    return one
  }
  if (!own) expected ??= plain(pipeline)
  const submitted = ['submit', pipeline, '--name', run, '-o', out]
  return {
    folder,
    pipeline,
    out,
    server,
    expected: (await expected) ?? new Map(),
    start,
    command: (args) => tiastream([...args, '--queue', server.url]),
    atOnce: (args) => start(args).ended,
    put: async (options = {}, output = out) => {
      const plan = await readPlan(pipeline, { output })
      await asked(server, (engine) => submit(engine, plan, { run, vars: {}, plugins: true, ...options }))
    },
    submit: () => tiastream([...submitted, '--queue', server.url]),
    submitAndWait: () => start([...submitted, '--wait']).ended,
    worker: (name, args = [], env = {}) =>
      start(['work', '--name', name, '--run', run, '--lock', String(lock), '--log', 'json', ...args], env),
    receipt: async (slide) => JSON.parse(await readFile(path.join(out, '.tiastream/receipts', `${slide}.json`), 'utf8')) as Receipt,
  }
}

/** What a run leaves that knows nothing of queues. */
async function plain(pipeline: string): Promise<ReadonlyMap<string, Buffer>> {
  const out = path.join(path.dirname(pipeline), 'plain')
  const { status } = await runPipeline(await readPlan(pipeline, { output: out }))
  if (status !== 'done') throw new Error(`the plain run ended as ${status}`)
  return resultsOf(out)
}

function startNode(args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const events: WorkerEvent[] = []
  const waiting = new Set<{ readonly fits: (event: WorkerEvent) => boolean; readonly found: (event: WorkerEvent) => void }>()
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  eachEvent<WorkerEvent>(child.stderr, (event) => {
    events.push(event)
    for (const one of waiting) if (one.fits(event)) one.found(event)
  })
  const ended = once(child, 'close').then(([code, signal]): Ran => ({ code, signal, out, err, events }))
  const until = (fits: (event: WorkerEvent) => boolean) =>
    new Promise<WorkerEvent>((resolve, reject) => {
      const there = events.find(fits)
      if (there) resolve(there)
      waiting.add({ fits, found: resolve })
      void ended.then(({ code, err }) => reject(new Error(`it ended with ${code} before that: ${err.slice(-2000)}`)))
    })
  return { child, events, ended, until }
}

export const isBand = (slide?: string) => (event: WorkerEvent) =>
  event.type === 'slide.band' && (slide === undefined || event.slide === slide)
export const ofType = (type: WorkerEvent['type'], slide?: string) => (event: WorkerEvent) =>
  event.type === type && (slide === undefined || ('slide' in event && event.slide === slide))

/** Every slide once, with the bytes of a run that nothing disturbed, and nothing left over. */
export async function mustBeWhole(t: ExecutionContext, { out, expected }: Bench): Promise<void> {
  const found = await resultsOf(out)
  for (const [name, bytes] of expected) {
    if (name.endsWith('.parquet') && name.includes('/')) t.true(found.get(name)?.equals(bytes), `${name} is what a plain run writes`)
  }
  const all = await readdir(out, { recursive: true })
  // Drafts of a worker that was killed go with the next run.
  const left = all.filter((name) => name.endsWith('.journal') || (name.endsWith('.partial') && !name.startsWith('.tiastream/drafts')))
  t.deepEqual(left, [])
}

/** As `tiastream status` tells it. */
export const statusOf = ({ server }: Pick<Bench, 'server'>, run: string): Promise<RunStatus | undefined> =>
  asked(server, async (engine) => (await allStatus(engine)).find((one) => one.run === run))

async function asked<T>(server: Server, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openEngine(queueAddress(server.url), { prepare: true })
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

/** What was started for a file ends with it. */
async function closeServers(): Promise<void> {
  for (const server of servers.values()) await (await server).close()
  servers.clear()
  if (made) await rm(path.dirname(await made), { recursive: true, force: true })
}

export interface ScenarioOptions {
  /** With a cohort of its own. */
  readonly own?: boolean
  /** With a server of its own: it stops it, or takes whatever is in the queue. */
  readonly alone?: boolean
}

/** A test on the server of this kind, with a run of its own name. */
export type Scenario = (
  run: string,
  title: string,
  work: (t: ExecutionContext, bench: Bench) => Promise<void>,
  options?: ScenarioOptions,
) => void

/** Most of their time they wait: for a flush, for a lock that lapses, for the next look around. */
const sideBySide = new PQueue({ concurrency: 5 })

export function scenarios(test: TestFn, kind: Server['kind']): Scenario {
  test.after.always(closeServers)
  return (run, title, work, { own = false, alone = false } = {}) => {
    const body = async (t: ExecutionContext) => {
      const one = await bench(t, kind, run, own, alone)
      if (one) await work(t, one)
    }
    test(`${kind}: ${title}`, async (t) => void (await sideBySide.add(() => body(t))))
  }
}

/** Of what no server knows anything, or both know alike: on Redis, on both in `npm run test:long`. */
export const onOneServer =
  (scenario: Scenario, kind: Server['kind']): Scenario =>
  (...asked) => {
    if (kind === 'redis' || long) scenario(...asked)
  }

export function suite(test: TestFn, kind: Server['kind']): void {
  const scenario = scenarios(test, kind)
  const onOne = onOneServer(scenario, kind)

  scenario(
    'shared',
    'two workers share a run, the largest slide first; a bad slide fails once, and submit --wait ends as a run would',
    async (t, one) => {
      const { folder, command, atOnce, submit, submitAndWait, worker, receipt } = one
      const gate = path.join(folder, 'gate')
      await copyFile(demoSlide, path.join(folder, 'in', 'cut.tif'))
      await truncate(path.join(folder, 'in', 'cut.tif'), 100_000)
      // Larger by bytes that no reader asks for.
      await writeFile(path.join(folder, 'in', 'c.tif'), Buffer.concat([await readFile(demoSlide), Buffer.alloc(500_000)]))
      const submitted = await submit()
      t.is(submitted.code, 0, submitted.err)
      t.regex(submitted.out, /^shared: 4 slides: 0 done before, 4 in the queue \(largest first\)/)
      const again = await submit()
      t.regex(again.out, /4 in the queue \(largest first\), 0 of them new/)
      const waiting = submitAndWait()
      const workers = ['w1', 'w2'].map((name) => worker(name, ['--until-empty', '--lock', unhurried], heldUntil(gate)))
      await Promise.all(workers.map((each) => each.until(isBand())))
      const { out } = await atOnce(['status', '--log', 'json', '--run', 'shared'])
      await writeFile(gate, '')
      const status = JSON.parse(out) as RunStatus
      t.deepEqual(status.atWork.map((each) => each.worker).sort(), ['w1', 'w2'], 'each worker is seen')
      const ended = await Promise.all(workers.map((each) => each.ended))
      t.deepEqual(
        ended.map(({ code }) => code),
        [0, 0],
        ended.map(({ err }) => err).join('\n'),
      )
      const events = ended.flatMap((each) => each.events)
      const done = events.filter(ofType('slide.done')).map((event) => 'slide' in event && event.slide)
      t.deepEqual(done.sort(), ['a', 'b', 'c'], 'each slide once')
      t.true(
        workers.some(
          ({ events: own }) => own.some((event) => event.type === 'slide.start' && event.slide === 'c') && 'c' === firstStarted(own),
        ),
        'the largest was taken first',
      )
      const start = events.find(ofType('slide.start', 'a')) as Extract<WorkerEvent, { type: 'slide.start' }>
      t.like(start, { attempt: 1 })
      t.regex(start.worker!, /^w[12]$/)
      t.true(start.waited! >= 0)
      t.is(events.filter(ofType('slide.failed', 'cut')).length, 1, 'no second try')
      t.is((await receipt('cut')).error?.code, 'SLIDE_TRUNCATED')
      const waited = await waiting
      t.is(waited.code, 1, waited.err)
      const { slides: counts } = JSON.parse(await readFile(path.join(one.out, 'manifest.json'), 'utf8')) as {
        slides: Record<string, number>
      }
      t.like(counts, { done: 3, failed: 1 }, 'the cohort is a table')
      t.regex(waited.out, /shared: 3 done, 1 failed/)
      t.like(await statusOf(one, 'shared'), { state: 'over', done: 3, failed: 1, waiting: 0 })
      // Mended, and put in again.
      await cp(demoSlide, path.join(folder, 'in', 'cut.tif'))
      const retried = await command(['retry', '--run', 'shared', '--failed'])
      t.regex(retried.out, /1 slide in the queue again: cut/, retried.err)
      t.is((await worker('w3', ['--until-empty']).ended).code, 0)
      t.is((await receipt('cut')).status, 'done')
      t.like(await statusOf(one, 'shared'), { state: 'over', done: 4, failed: 0 })
      t.is((await submitAndWait()).code, 0, 'nothing is missing')
    },
    { own: true },
  )

  onOne('killed', 'a worker that is killed: its slide is taken up from the journal by another', async (t, one) => {
    const { put, worker } = one
    await put()
    const first = worker('w1', [], heldUntil('/no/gate'))
    const band = (await first.until(isBand())) as Extract<WorkerEvent, { type: 'slide.band' }>
    first.child.kill('SIGKILL')
    await first.ended
    const second = await worker('w2', ['--until-empty']).ended
    t.is(second.code, 0, second.err)
    t.truthy(second.events.find(ofType('slide.resumed', band.slide)), 'from the journal')
    const start = second.events.find(ofType('slide.start', band.slide)) as Extract<WorkerEvent, { type: 'slide.start' }>
    t.is(start.attempt, 2)
    await mustBeWhole(t, one)
  })

  onOne('stopped', 'SIGTERM gives the slide back before its next band, and it is no try; the worker ends with 143', async (t, one) => {
    const { put, worker, folder } = one
    await put()
    const gate = path.join(folder, 'gate')
    const first = worker('w1', [], heldUntil(gate))
    const band = (await first.until(isBand())) as Extract<WorkerEvent, { type: 'slide.band' }>
    const before = first.events.filter(isBand()).length
    first.child.kill('SIGTERM')
    await writeFile(gate, '')
    await first.until(ofType('slide.handedBack', band.slide))
    // Work, not time, which the machine's other work shares: a band that is being written is written.
    t.true(first.events.filter(isBand()).length <= before + 1)
    t.is((await first.ended).code, 143)
    t.like(await statusOf(one, 'stopped'), { waiting: 3, done: 0 })
    const second = await worker('w2', ['--until-empty']).ended
    t.is(second.code, 0, second.err)
    t.truthy(second.events.find(ofType('slide.resumed', band.slide)))
    await mustBeWhole(t, one)
  })

  onOne('passing', 'a disk that says EIO once: the slide is tried again, and done', async (t, one) => {
    const { folder, put, worker, receipt } = one
    await put({ retryAfter: 200 })
    const env = { TIASTREAM_TEST_READ: 'eio:3:b.tif', TIASTREAM_TEST_ONCE: path.join(folder, 'happened') }
    const { code, events, err } = await worker('w1', ['--until-empty'], env).ended
    t.is(code, 0, err)
    t.is(events.filter(ofType('slide.failed', 'b')).length, 1)
    t.is(events.filter(ofType('slide.done', 'b')).length, 1)
    t.is((await receipt('b')).status, 'done')
    await mustBeWhole(t, one)
  })

  scenario(
    'gathers',
    'a run that another worker put off, or was lost at, is gathered by whoever takes it, and no worker ends before',
    async (t, one) => {
      const { server, pipeline, out, put, worker, command, atOnce } = one
      const other = `${out}-other`
      for (const copy of [out, other]) await cp(path.join(path.dirname(pipeline), 'plain'), copy, { recursive: true })
      // Nothing of them is to be done: both wait to be gathered, the other one first.
      const submitted = await command(['submit', pipeline, '--name', 'gathers-first', '-o', other])
      t.regex(submitted.out, /3 slides: 3 done before, 0 in the queue/)
      await put()
      const own = await worker('w1', ['--until-empty']).ended
      t.is(own.code, 0, own.err)
      t.deepEqual(
        own.events.flatMap((event) => (event.type === 'run.gathered' ? [event.run] : [])),
        ['gathers'],
      )
      // A worker is lost at it.
      await asked(server, async (engine) => {
        let lost: Worker<unknown, never> | undefined
        await new Promise<void>((taken) => {
          const never = () => {
            taken()
            return new Promise<never>(() => undefined)
          }
          lost = engine.worker(register, never, { lockDuration: 1000, stalledInterval: 500 })
        })
        await lost?.close(true)
      })
      t.like(await statusOf(one, 'gathers-first'), { state: 'gathering' })
      const both = await atOnce(['work', '--name', 'w2', '--until-empty', '--lock', String(lock), '--log', 'json'])
      t.is(both.code, 0, both.err)
      t.deepEqual(
        both.events.flatMap((event) => (event.type === 'run.gathered' ? [event.run] : [])),
        ['gathers-first'],
      )
      t.like(await statusOf(one, 'gathers-first'), { state: 'over', done: 3 })
      t.false(both.err.includes(server.password))
    },
    { alone: true },
  )

  scenario('denied', 'a wrong password is told as such, and never shown', async (t, { server, pipeline }) => {
    const wrong = server.url.replace(server.password, 'falsch-91c')
    for (const args of [['submit', pipeline], ['work'], ['status'], ['cancel', 'x'], ['retry', '--failed']]) {
      const { code, out, err } = await tiastream([...args, '--queue', wrong])
      t.is(code, 5, `${args[0]}: ${err}`)
      t.regex(err, /QUEUE_DENIED/)
      t.false(/falsch|91c/.test(out + err), `${args[0]}: ${out}${err}`)
    }
    if (kind === 'redis') {
      // The library would go on in the database 0.
      const none = await tiastream(['submit', pipeline, '--queue', `${new URL('/99', server.url)}`])
      t.is(none.code, 5)
      t.regex(none.err, /is a database that the server does not have/)
    }
    const gone = await tiastream(['status', '--queue', server.url.replace(/:\d+\//, ':1/')])
    t.is(gone.code, 5)
    t.regex(gone.err, /QUEUE_UNREACHABLE/)
    t.false((gone.out + gone.err).includes(server.password))
  })
}

const firstStarted = (events: readonly WorkerEvent[]): string | undefined => {
  const found = events.find(ofType('slide.start'))
  return found && 'slide' in found ? found.slide : undefined
}
