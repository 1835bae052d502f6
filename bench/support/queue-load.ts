/** What a thousand workers ask of the server of a queue: counted at a real worker, against what each costs the server. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/core/package-root.js'
import { queueAddress } from '../../src/queue/engine/address.js'
import { type Engine, openEngine } from '../../src/queue/engine/engine.js'
import { type Server, startServer, whyNot } from '../../test-slow/queue/servers.js'
import { dataPath } from './folders.js'
import { counterOf, processorOf, type RequestCounter, type Requests } from './queue-requests.js'
import { copies, generatedSlide } from './slides.js'
import { prose, table, verdictBelow } from './table.js'

const workers = 1000
const slidesARun = 3

/** Requests: of a slide however long it takes, of each second that one is at work, of each second of a worker that has nothing to do. */
interface Load {
  readonly slide: Requests
  readonly second: Requests
  readonly idle: Requests
}

/** What one request costs the server: milliseconds of a processor. Nobody else's work is in it, however busy the machine is. */
interface Costs {
  /** A word of progress: what is written most. */
  readonly write: number
  /** A look at how many slides wait: what is read most. */
  readonly read: number
  /** An empty job: added, taken, done. */
  readonly job: number
}

/** `seconds`: of a slide in the mean. */
export async function queueLoads(quick: boolean, seconds: number): Promise<void> {
  prose(`\n## the server of the queue, ${workers} workers, slides of ${seconds.toFixed(0)} s in the mean`)
  const asks: Record<string, string | number>[] = []
  const needs: Record<string, string | number>[] = []
  const verdicts: [string, number][] = []
  const disk = await flushRate()
  for (const kind of ['redis', 'postgres'] as const) {
    const absent = whyNot(kind)
    if (absent !== undefined) {
      prose(absent)
      continue
    }
    const server = await startServer(kind)
    try {
      const costs = await costsOf(server, quick)
      const load = await loadOf(server, quick)
      for (const [what, one] of Object.entries({
        'a slide, however long': load.slide,
        'a second with a slide at work': load.second,
        'a second without': load.idle,
      }))
        asks.push({ server: kind, 'one worker asks for': what, requests: one.all, 'of them writes': one.writes })
      const states = { 'at work': plus(times(load.slide, workers / seconds), times(load.second, workers)), idle: times(load.idle, workers) }
      for (const [state, { all, writes }] of Object.entries(states)) {
        const cores = (writes * costs.write + Math.max(0, all - writes) * costs.read) / 1000
        needs.push({
          server: kind,
          [`${workers} workers`]: state,
          'requests/s': all,
          'of them writes': writes,
          'ms a write': costs.write,
          'ms a read': costs.read,
          'ms an empty job': costs.job,
          'processors of the server': cores,
          'workers a processor carries': workers / cores,
        })
        verdicts.push([`${kind}: processors of the server that ${workers} workers ${state} need`, cores])
      }
    } finally {
      await server.close()
    }
  }
  table(asks)
  table(needs)
  prose(
    `PostgreSQL flushes its log for what is written, several at once where they come at once; this disk takes ${disk.toFixed(0)} flushes a second one after another`,
  )
  for (const [what, cores] of verdicts) verdictBelow(what, cores, 1)
}

const times = ({ all, writes }: Requests, by: number): Requests => ({ all: all * by, writes: writes * by })
const plus = (a: Requests, b: Requests): Requests => ({ all: a.all + b.all, writes: a.writes + b.writes })

/** From two runs whose slides take unlike long. */
async function loadOf(server: Server, quick: boolean): Promise<Load> {
  const counter = await counterOf(server)
  try {
    const [short, long] = quick ? [3, 12] : [5, 25]
    const a = await workedOn(server, counter, 'short', short)
    const b = await workedOn(server, counter, 'long', long)
    const each = (of: keyof Requests) => {
      const second = Math.max(0, (b.requests[of] - a.requests[of]) / (b.seconds - a.seconds))
      return { second, slide: Math.max(0, (a.requests[of] - second * a.seconds) / slidesARun) }
    }
    const [all, writes] = [each('all'), each('writes')]
    return {
      slide: { all: all.slide, writes: writes.slide },
      second: { all: all.second, writes: writes.second },
      idle: await idleOf(server, counter, quick ? 10 : 20),
    }
  } finally {
    await counter.close()
  }
}

const cli = path.join(packageRoot, 'dist/src/cli.js')
const started = (args: readonly string[], server: Server): ChildProcess =>
  spawn(process.execPath, [cli, ...args], { env: { ...process.env, TIASTREAM_QUEUE: server.url }, stdio: ['ignore', 'ignore', 'pipe'] })

/** What one worker asks while it does some slides that take so long: from its first slide on, until its last. */
async function workedOn(server: Server, counter: RequestCounter, name: string, seconds: number) {
  const folder = path.dirname(dataPath('cohort', name, 'x'))
  await rm(folder, { recursive: true, force: true })
  await mkdir(path.join(folder, 'in'), { recursive: true })
  await copies(await generatedSlide({ side: 224 * 8, mpp: 0.5, tissue: 1 }), slidesARun, path.join(folder, 'in'))
  const file = path.join(folder, 'pipeline.yml')
  const plugin = path.join(packageRoot, 'dist/bench/support/wait-plugin.js')
  await writeFile(
    file,
    `output: ./out
plugins: [${JSON.stringify(plugin)}]
slides: { glob: "in/*.tif" }
stages: [{ grid: { size: 224 px, at: 0.5 mpp } }, extract, { batch: { size: 8 } }, { wait: { rate: ${Math.max(1, Math.round(64 / seconds))} } }, merge]
sinks: [parquet]
runtime: { lanes: 1 }
`,
  )
  await ended(started(['submit', file, '--name', name], server))
  const child = started(['work', '--run', name, '--until-empty', '--log', 'json'], server)
  let began: { requests: Requests; at: number } | undefined
  let done: { requests: Requests; seconds: number } | undefined
  let isDone = 0
  for await (const line of createInterface({ input: child.stderr! })) {
    if (line.includes('"slide.start"')) began ??= { requests: await counter.count(), at: performance.now() }
    if (line.includes('"slide.done"') && ++isDone === slidesARun) {
      const at = performance.now()
      // Its last words to the queue follow.
      await sleep(300)
      done = { requests: plus(await counter.count(), times(began!.requests, -1)), seconds: (at - began!.at) / 1000 }
    }
  }
  if (!done) throw new Error(`a worker of ${name} did ${isDone} of ${slidesARun} slides`)
  return done
}

async function idleOf(server: Server, counter: RequestCounter, seconds: number): Promise<Requests> {
  const child = started(['work', '--log', 'json'], server)
  child.stderr!.resume()
  const first = (await counter.count()).all
  while ((await counter.count()).all <= first + 10) await sleep(500)
  await sleep(3000)
  const before = await counter.count()
  await sleep(seconds * 1000)
  const requests = times(plus(await counter.count(), times(before, -1)), 1 / seconds)
  child.kill('SIGTERM')
  await ended(child)
  return requests
}

async function ended(child: ChildProcess): Promise<void> {
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0 && child.signalCode !== 'SIGTERM' && code !== 143) throw new Error(`ended with ${code}: ${said}`)
}

/** Many at once for some seconds, and what the server used for them. */
async function costsOf(server: Server, quick: boolean): Promise<Costs> {
  const engine = await openEngine(queueAddress(server.url), { prepare: true })
  const used = await processorOf(server)
  const ms = quick ? 3000 : 8000
  const cost = async (work: () => Promise<number>) => {
    const before = used()
    const done = await work()
    return (used() - before) / done
  }
  try {
    const queue = engine.queue<object>('bench')
    const jobs = await Promise.all(Array.from({ length: 64 }, () => queue.add('x', {})))
    const say = (i: number) => jobs[i]!.updateProgress({ worker: 'w', slide: 's', share: 0.5, patches: 1000 })
    return {
      write: await cost(() => doneIn(ms, say)),
      read: await cost(() => doneIn(ms, () => queue.getJobCounts('waiting', 'active'))),
      job: await cost(() => emptyJobs(engine, server.kind === 'redis' ? 1000 : 300)),
    }
  } finally {
    await engine.close()
  }
}

/** How often something is done in so many milliseconds, 64 at once. */
async function doneIn(ms: number, work: (i: number) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: 64 }, async (_, i) => {
      while (performance.now() - began < ms) {
        await work(i)
        done++
      }
    }),
  )
  return done
}

async function emptyJobs(engine: Engine, count: number): Promise<number> {
  const queue = engine.queue<object>('bench-jobs')
  await queue.addBulk(Array.from({ length: count }, () => ({ name: 'x', data: {}, opts: { priority: 5 } })))
  let left = count
  await new Promise<void>((resolve) => {
    const worker = engine.worker<object, undefined>(
      'bench-jobs',
      async () => {
        if (--left === 0) setTimeout(() => void worker.close().then(resolve), 0)
        return undefined
      },
      { concurrency: 64 },
    )
  })
  return count
}

/** Small writes a second that are on the disk before the next one. */
async function flushRate(): Promise<number> {
  const file = dataPath('cohort', 'flush')
  const handle = await open(file, 'w')
  try {
    const began = performance.now()
    let flushes = 0
    for (; performance.now() - began < 2000; flushes++) {
      await handle.write(Buffer.alloc(8192))
      await handle.datasync()
    }
    return flushes / 2
  } finally {
    await handle.close()
    await rm(file)
  }
}
