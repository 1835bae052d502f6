/** What the crash tests share: a pipeline over the demo slide, runs of it in child processes, and what must hold afterwards. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import type { Receipt } from '../../src/pipeline/receipts.js'
import type { RunEvent } from '../../src/pipeline/run-events.js'

export const demoSlide = path.join(packageRoot, 'fixtures/slides/demo.tif')
const child = path.join(packageRoot, 'dist/test-slow/crash/run-child.js')
const killer = path.join(packageRoot, 'dist/test-slow/crash/kill-at.js')

/** Writes a pipeline over the demo slide into `folder`; its output is the var `out`. */
export async function writePipeline(
  folder: string,
  runtime = '{ lanes: 2 }',
  slides = `{ glob: "${demoSlide}" }`,
  mask = '{ method: none }',
): Promise<string> {
  const file = path.join(folder, 'pipeline.yml')
  await writeFile(
    file,
    `vars: { out: { default: ./out, about: "Results." } }
output: "\${out}"
slides: ${slides}
stages:
  - grid: { size: 224 px, stride: 80 px, at: 1 mpp }
  - mask: ${mask}
  - extract
  - batch: { size: 16 }
  - infer: { model: stain }
  - merge
sinks:
  - parquet
  - arrow
  - csv
runtime: ${runtime}
`,
  )
  return file
}

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly events: readonly RunEvent[]
  readonly stderr: string
}

export interface RunControl {
  readonly env?: Record<string, string>
  /** Called with the process and after each event. */
  readonly watch?: (process: ChildProcess, event: RunEvent | null) => void
}

export async function run(pipeline: string, out: string, { env = {}, watch }: RunControl = {}): Promise<Ran> {
  const process_ = spawn(process.execPath, ['--import', killer, child, pipeline, `out=${out}`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const events: RunEvent[] = []
  let rest = ''
  let stderr = ''
  watch?.(process_, null)
  process_.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const event = JSON.parse(line) as RunEvent
      events.push(event)
      watch?.(process_, event)
    }
  })
  process_.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code, signal] = (await once(process_, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, events, stderr }
}

/** Every file below a folder with its bytes, by relative path; the state folder left out. */
export async function resultsOf(folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const found = new Map<string, Buffer>()
  for (const entry of names) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, file)
    if (!name.startsWith('.tiastream')) found.set(name, await readFile(file))
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

export async function receiptsOf(folder: string): Promise<Receipt[]> {
  const receipts = path.join(folder, '.tiastream/receipts')
  const names = await readdir(receipts)
  return Promise.all(names.toSorted().map(async (name) => JSON.parse(await readFile(path.join(receipts, name), 'utf8')) as Receipt))
}

/** Asserts that a folder holds exactly the expected results, whole, and nothing half. */
export async function assertWhole(t: ExecutionContext, folder: string, expected: ReadonlyMap<string, Buffer>, what: string): Promise<void> {
  const found = await resultsOf(folder)
  t.deepEqual([...found.keys()], [...expected.keys()], `${what}: the files`)
  for (const [name, bytes] of expected) t.true(bytes.equals(found.get(name)!), `${what}: ${name} differs`)
  for (const receipt of await receiptsOf(folder)) {
    t.is(receipt.status, 'done', what)
    for (const { file, bytes } of receipt.files) t.is(bytes, expected.get(file)!.length, `${what}: receipt of ${file}`)
  }
  const left = (await readdir(path.join(folder, '.tiastream'), { recursive: true })).filter((name) => /\.partial|\.arrows|lock/.test(name))
  t.deepEqual(left, [], `${what}: left behind`)
}
