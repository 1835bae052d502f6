/** What the tests of runs into buckets share: two slides, runs in processes of their own, something between them and the store, and what must hold afterwards. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { exitCodeOf } from '../../src/cli/exit.js'
import { recordOf } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import { isOfCohort } from '../../src/pipeline/store/layout.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { requests } from '../../src/remote/write/ask.js'
import type { Bucket } from '../../src/remote/write/bucket.js'
import { unfinishedUploads } from '../../src/remote/write/unfinished.js'
import { usualSizes } from '../../src/remote/write/upload.js'
import { floats } from '../../test/formula.js'
import { buildTiff } from '../../test/readers/tiff-builder.js'
import { tempFolder } from '../../test/support/temp.js'
import { resultsOf, runHere as runInFolderHere, writePipeline } from '../crash/harness.js'
import { smallSizes } from './small-sizes.js'

const child = path.join(packageRoot, 'dist/test-slow/remote/run-to-bucket.js')

/** A request that changes something: its number, and whether the store has done it. */
export interface Moment {
  readonly nth: number
  readonly isDone: boolean
}

/** Stands between a run and its store, counts what changes something, and kills at one moment. What is signed is the name of this one. */
export async function between(t: ExecutionContext, endpoint: string) {
  const { hostname, port } = new URL(endpoint)
  const self = {
    url: '',
    changes: [] as string[],
    kill: null as { moment: Moment; child: ChildProcess } | null,
    /** True when it has answered. */
    odd: (_number: number, _request: IncomingMessage, _response: ServerResponse): boolean => false,
  }
  const server = http.createServer((request, response) => {
    const changes = request.method !== 'GET' && request.method !== 'HEAD'
    if (changes) self.changes.push(`${request.method} ${request.url}`)
    const number = self.changes.length
    if (self.odd(number, request, response)) return void request.resume()
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

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly events: readonly RunEvent[]
  readonly requests: Readonly<Record<string, number>>
  readonly stderr: string
}

export async function runOnce(
  pipeline: string,
  scratch: string,
  place: Awaited<ReturnType<typeof between>>,
  moment: Moment | null,
): Promise<Ran> {
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

/** In a process that lives on a run that has ended counts as dead by its silence alone: for longer than its main thread is ever busy. */
const times = { beatMs: 300, silentMs: 4000 }

/** The same in this process, which has loaded all of it: for runs that end by themselves, one at a time. */
export async function runHere(pipeline: string, scratch: string, place: Awaited<ReturnType<typeof between>>): Promise<Ran> {
  place.changes.length = 0
  place.kill = null
  const [sizes, endpoint, before] = [{ ...usualSizes }, process.env.AWS_ENDPOINT_URL_S3, { ...requests }]
  const events: RunEvent[] = []
  Object.assign(usualSizes, smallSizes)
  process.env.AWS_ENDPOINT_URL_S3 = place.url
  const end = (code: number, stderr: string): Ran => ({ code, signal: null, events, requests: since(before), stderr })
  try {
    const { status } = await runPipeline(await readPlan(pipeline), { scratch, times, onEvent: (event) => events.push(event) })
    return end(status === 'done' ? 0 : 1, '')
  } catch (error) {
    return end(exitCodeOf(error), JSON.stringify(recordOf(error)))
  } finally {
    Object.assign(usualSizes, sizes)
    if (endpoint === undefined) delete process.env.AWS_ENDPOINT_URL_S3
    else process.env.AWS_ENDPOINT_URL_S3 = endpoint
  }
}

const since = (before: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(requests).map(([name, count]) => [name, count - (before[name] ?? 0)]))

/** Pixels a side of slides of noise: no picture of one is smaller than its bytes, so that the 6 MB of the first go in two parts, those of the other in one. */
const sides = { a: 1408, b: 448 }

let made: Promise<string> | undefined

/** The folder with the slides of all pipelines of a file, whose place stands in their tables. */
async function slideFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-noise-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const [name, side] of Object.entries(sides)) {
    const noise = floats('noise', side * side * 3, 0, 256)
    const tags = { 256: [side], 257: [side], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 278: [side], 284: [1] }
    await writeFile(path.join(folder, `${name}.tif`), buildTiff([{ tags, tiles: [Uint8Array.from(noise)] }]))
  }
  return folder
}

/** Two slides, and a picture of each, of which one goes in two parts. */
export async function pipelineFor(folder: string, output: string): Promise<string> {
  made ??= slideFolder()
  const slides = await made
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'l.csv'), `id,uri,mpp\na,${slides}/a.tif,1\nb,${slides}/b.tif,1\n`)
  const file = await writePipeline(folder, {
    slides: '{ list: l.csv }',
    grid: '{ size: 56 px, stride: 112 px, at: baseline }',
    sinks: '[parquet, csv, { thumbnail: { at: baseline, file: "{slide}.png" } }]',
    runtime: `{ lanes: 1 }`,
  })
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what pipelines write
  await writeFile(file, (await readFile(file, 'utf8')).replace('output: "${out}"', `output: "${output}"`))
  return file
}

let undisturbed: Promise<ReadonlyMap<string, Buffer>> | undefined

/** What a run into a folder leaves, made once for a file: six files, of them a picture of several parts. */
export function expectedOf(t: ExecutionContext): Promise<ReadonlyMap<string, Buffer>> {
  undisturbed ??= runInFolder(t)
  return undisturbed
}

async function runInFolder(t: ExecutionContext): Promise<ReadonlyMap<string, Buffer>> {
  const folder = path.join(await tempFolder(t), 'local')
  const here = await runInFolderHere(await pipelineFor(folder, './out'), './out')
  t.is(here.code, 0, here.stderr)
  const expected = await resultsOf(path.join(folder, 'out'))
  t.is(expected.size, 6)
  t.true(
    [...expected].some(([file, bytes]) => file.endsWith('.png') && bytes.length > 5 * 2 ** 20),
    'a picture has several parts',
  )
  return expected
}

export async function assertWhole(t: ExecutionContext, bucket: Bucket, expected: ReadonlyMap<string, Buffer>, what: string): Promise<void> {
  const names: string[] = []
  for await (const { key, isPrefix } of bucket.list()) if (!isPrefix && !key.endsWith('/')) names.push(key)
  t.deepEqual(
    names.filter((name) => !name.startsWith('.tiastream/') && !isOfCohort(name)),
    [...expected.keys()].sort(),
    what,
  )
  // What is said of all slides is there, and says what is there.
  const manifest = JSON.parse(`${(await bucket.get('manifest.json'))!.bytes}`) as {
    readonly files: readonly { readonly file: string; readonly sha256: string }[]
  }
  for (const { file, sha256 } of manifest.files)
    t.is(
      createHash('sha256')
        .update((await bucket.get(file))!.bytes)
        .digest('hex'),
      sha256,
      `${what}: ${file} of the manifest`,
    )
  t.truthy(await bucket.get('_SUCCESS'), what)
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
