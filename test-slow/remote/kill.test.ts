/**
 * A run whose results go to a bucket and that is killed right before a store hears a request, or right after it has done it, and run again until it ends, leaves the
 * objects that a run into a folder leaves as files; no journal, and no upload in parts. `npm run test:long` kills at every request that changes something.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { Bucket } from '../../src/remote/write/bucket.js'
import { unfinishedUploads } from '../../src/remote/write/unfinished.js'
import { tempFolder } from '../../test/support/temp.js'
import { demoSlide, resultsOf, run as runHere, writePipeline } from '../crash/harness.js'
import { long } from '../long.js'
import { type Store, stores } from './stores.js'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' })

const child = path.join(packageRoot, 'dist/test-slow/remote/run-to-bucket.js')
const running: Record<string, Store> = {}
/** Most kills of the short form, of one output one after another. */
const mostKills = 4

test.before('the stores start', async () => {
  await Promise.all(
    Object.entries(stores).map(async ([name, start]) => {
      running[name] = await start()
      await running[name].put(['results', 'other.txt', path.join(packageRoot, 'LICENSE')])
    }),
  )
})

test.after.always('the stores stop', () => Promise.all(Object.values(running).map((store) => store.stop())))

/** A request that changes something: its number, and whether the store has done it. */
interface Moment {
  readonly nth: number
  readonly isDone: boolean
}

/** Stands between a run and its store, counts what changes something, and kills at one moment. What is signed is the name of this one. */
async function between(t: ExecutionContext, endpoint: string) {
  const { hostname, port } = new URL(endpoint)
  const self = { url: '', changes: [] as string[], kill: null as { moment: Moment; child: ChildProcess } | null }
  const server = http.createServer((request, response) => {
    const changes = request.method !== 'GET' && request.method !== 'HEAD'
    if (changes) self.changes.push(`${request.method} ${request.url}`)
    const number = self.changes.length
    const dies = (isDone: boolean) => changes && self.kill?.moment.nth === number && self.kill.moment.isDone === isDone
    if (dies(false)) {
      self.kill!.child.kill('SIGKILL')
      request.socket.destroy()
      return
    }
    const on = http.request({ hostname, port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      if (dies(true)) {
        self.kill!.child.kill('SIGKILL')
        request.socket.destroy()
        return
      }
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    on.on('error', () => response.destroy())
    request.pipe(on)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return self
}

interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly events: readonly RunEvent[]
  readonly requests: Readonly<Record<string, number>>
  readonly stderr: string
}

async function runOnce(pipeline: string, scratch: string, place: Awaited<ReturnType<typeof between>>, moment: Moment | null): Promise<Ran> {
  place.changes.length = 0
  const process_ = spawn(process.execPath, [child, pipeline, scratch], {
    env: { ...process.env, AWS_ENDPOINT_URL_S3: place.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  place.kill = moment && { moment, child: process_ }
  const [out, err]: [string[], string[]] = [[], []]
  process_.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  process_.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
  const [code, signal] = (await once(process_, 'close')) as [number | null, NodeJS.Signals | null]
  const lines = out
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as RunEvent | { requests: Record<string, number> })
  const last = lines.at(-1)
  return {
    code,
    signal,
    events: lines.filter((line): line is RunEvent => 'type' in line),
    requests: last && 'requests' in last ? last.requests : {},
    stderr: err.join(''),
  }
}

/** Two slides, and a picture of each that goes in two parts. */
async function pipelineFor(folder: string, output: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'l.csv'), `id,uri\na,${demoSlide}\nb,${demoSlide}\n`)
  return writePipeline(folder, {
    slides: '{ list: l.csv }',
    grid: '{ size: 56 px, at: 4 mpp }',
    sinks: '[parquet, csv, { thumbnail: { at: 1 mpp, file: "{slide}.png" } }]',
    runtime: `{ lanes: 1 }`,
  }).then(async (file) => {
    const { readFile } = await import('node:fs/promises')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what pipelines write
    await writeFile(file, (await readFile(file, 'utf8')).replace('output: "${out}"', `output: "${output}"`))
    return file
  })
}

async function assertWhole(t: ExecutionContext, bucket: Bucket, expected: ReadonlyMap<string, Buffer>, what: string): Promise<void> {
  const names: string[] = []
  for await (const { key, isPrefix } of bucket.list()) if (!isPrefix && !key.endsWith('/')) names.push(key)
  t.deepEqual(
    names.filter((name) => !name.startsWith('.tiastream/')),
    [...expected.keys()].sort(),
    what,
  )
  for (const [name, bytes] of expected) t.true((await bucket.get(name))!.bytes.equals(bytes), `${what}: ${name}`)
  t.deepEqual(
    names.filter((name) => /journal|\.partial/.test(name)),
    [],
    what,
  )
  t.deepEqual(await unfinishedUploads(bucket, ''), [], what)
  for (const id of ['a', 'b']) {
    const receipt = JSON.parse(`${(await bucket.get(`.tiastream/receipts/${id}.json`))!.bytes}`) as Receipt
    t.is(receipt.status, 'done')
    t.is(receipt.files.length, 3)
  }
}

for (const name of Object.keys(stores)) {
  test.serial(`${name}: killed at requests, run again until it ends`, async (t) => {
    const { endpoint } = running[name]!
    const place = await between(t, endpoint)
    const folder = await tempFolder(t)
    const local = await pipelineFor(path.join(folder, 'local'), './out')
    const here = await runHere(local, './out')
    t.is(here.code, 0, here.stderr)
    const expected = await resultsOf(path.join(folder, 'local/out'))
    t.is(expected.size, 6)
    t.true(
      [...expected].some(([file, bytes]) => file.endsWith('.png') && bytes.length > 5 * 2 ** 20),
      'a picture has several parts',
    )
    const at = (which: string) => new Bucket(`s3://results/${which}`, { s3: { endpoint } })
    const scratch = path.join(folder, 'scratch')

    const alone = await pipelineFor(path.join(folder, 'alone'), 's3://results/alone/')
    const whole = await runOnce(alone, scratch, place, null)
    t.is(whole.code, 0, whole.stderr)
    await assertWhole(t, at('alone'), expected, 'undisturbed')
    const steps = place.changes.length
    t.log(`${steps} requests change something, of ${JSON.stringify(whole.requests)}`)

    // One output, killed again and again: each time a few requests further on, so that each step of a slide may be the last one.
    const chains = long ? 10 : 1
    let kills = 0
    let taken = 0
    for (let chain = 0; chain < chains; chain++) {
      const pipeline = await pipelineFor(path.join(folder, `chain-${chain}`), `s3://results/chain-${chain}/`)
      let ran: Ran | undefined
      for (let i = 0; ran?.code !== 0; i++) {
        t.true(i < 60, 'it ends')
        const nth = 4 + Math.floor(Math.random() * (steps / 2))
        ran = await runOnce(pipeline, scratch, place, i < (long ? 30 : mostKills) ? { nth, isDone: i % 2 === 1 } : null)
        if (ran.signal === 'SIGKILL') kills++
        else t.is(ran.code, 0, ran.stderr)
        taken += ran.events.filter(({ type }) => type === 'slide.resumed').length
      }
      await assertWhole(t, at(`chain-${chain}`), expected, `chain ${chain}`)
    }
    if (long) {
      for (let step = 1; step <= 2 * steps; step++) {
        const pipeline = await pipelineFor(path.join(folder, `step-${step}`), `s3://results/step-${step}/`)
        const moment = { nth: Math.ceil(step / 2), isDone: step % 2 === 0 }
        if ((await runOnce(pipeline, scratch, place, moment)).signal === 'SIGKILL') kills++
        const again = await runOnce(pipeline, scratch, place, null)
        t.is(again.code, 0, again.stderr)
        taken += again.events.filter(({ type }) => type === 'slide.resumed').length
        await assertWhole(t, at(`step-${step}`), expected, JSON.stringify(moment))
      }
    }
    t.true(kills > 0)
    t.log(`${kills} kills; a journal was taken up ${taken} times`)
    // Of the last run nothing lies in the scratch folder; what killed ones left is said by the folder of their attempts.
    t.true((await readdir(scratch)).length >= 1)
  })
}
