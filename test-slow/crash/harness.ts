// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** What the crash tests share: a pipeline over the demo slide, runs of it in child processes, and what must hold afterwards. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { exitCodeOf } from '../../src/cli/exit.js'
import { recordOf } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { leftIn } from '../../test/support/left.js'
import { demoSlide, resultsOf } from '../../test/support/pipeline-file.js'
import { writeSmallModel } from '../../test/support/small-model.js'
import { tempFolder } from '../../test/support/temp.js'
import { eachEvent } from '../event-lines.js'

export { demoSlide, resultsOf }

const compiled = path.join(packageRoot, 'dist')
const hooks = ['kill-at', 'faults'].flatMap((name) => ['--import', path.join(compiled, `test-slow/crash/${name}.js`)])
const child = path.join(compiled, 'test-slow/crash/run-child.js')
const cli = path.join(compiled, 'src/cli.js')

export interface Asked {
  readonly slides?: string
  readonly grid?: string
  readonly mask?: string
  readonly extract?: string
  /** Absent: `small`, which lies beside the pipeline. */
  readonly model?: string
  readonly sinks?: string
  readonly runtime?: string
}

/**
 * Writes a pipeline over the demo slide into `folder`; its output is the var `out`. Some 750 patches in three bands, which leave a batch half
 * full at each end. The model is the bundled one for patches of a sixteenth: these tests run hundreds of runs, and none looks at the answers.
 */
export async function writePipeline(folder: string, asked: Asked = {}): Promise<string> {
  if (asked.model === undefined) await writeSmallModel(folder)
  const file = path.join(folder, 'pipeline.yml')
  await writeFile(
    file,
    `vars: { out: { default: ./out, about: "Results." }, lanes: { default: 1, about: "Threads." } }
output: "\${out}"
slides: ${asked.slides ?? `{ glob: "${demoSlide}" }`}
stages:
  - grid: ${asked.grid ?? '{ size: 56 px, at: 2 mpp }'}
  - mask: ${asked.mask ?? '{ method: none }'}
  - extract: ${asked.extract ?? '{}'}
  - batch: { size: 16 }
  - infer: { model: ${asked.model ?? 'small'} }
  - merge
sinks: ${asked.sinks ?? '[parquet, arrow, csv]'}
runtime:${asked.runtime ? ` ${asked.runtime}` : '\n  lanes: ${lanes}'}
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
  readonly lanes?: number
  /** Called with the process, and again with it and each event. */
  readonly watch?: (process: ChildProcess, event: RunEvent | null) => void
}

/** Runs a pipeline by `runPipeline`, in a process that tells every event. */
export function run(pipeline: string, out: string, { lanes = 1, ...control }: RunControl = {}): Promise<Ran> {
  return runNode([child, pipeline, `out=${out}`, `lanes=${lanes}`], 'stdout', control)
}

/**
 * The same in this process, which has loaded all of it: for runs that nothing disturbs, before and after the one that is. To that one it is another
 * process, too.
 */
export async function runHere(pipeline: string, out: string, { lanes = 1 }: Pick<RunControl, 'lanes'> = {}): Promise<Ran> {
  const events: RunEvent[] = []
  try {
    const plan = await readPlan(pipeline, { vars: { out, lanes: String(lanes) } })
    const { status } = await runPipeline(plan, { onEvent: (event) => events.push(event) })
    return { code: status === 'done' ? 0 : 1, signal: null, events, stderr: '' }
  } catch (error) {
    return { code: exitCodeOf(error), signal: null, events, stderr: JSON.stringify(recordOf(error)) }
  }
}

/** Runs a pipeline by the real command line. */
export function runCli(
  pipeline: string,
  out: string,
  { lanes = 1, ...control }: RunControl = {},
  args: readonly string[] = [],
): Promise<Ran> {
  return runNode([cli, 'run', pipeline, '--log', 'json', '--var', `out=${out}`, '--var', `lanes=${lanes}`, ...args], 'stderr', control)
}

async function runNode(args: readonly string[], told: 'stdout' | 'stderr', { env = {}, watch }: Omit<RunControl, 'lanes'>): Promise<Ran> {
  const process_ = spawn(process.execPath, [...hooks, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const events: RunEvent[] = []
  let stderr = ''
  watch?.(process_, null)
  process_.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  eachEvent<RunEvent>(process_[told], (event) => {
    events.push(event)
    watch?.(process_, event)
  })
  const [code, signal] = (await once(process_, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, events, stderr }
}

let prepared: Promise<Prepared> | undefined

interface Prepared {
  readonly pipeline: string
  /** What a run leaves that nothing disturbed. */
  readonly expected: ReadonlyMap<string, Buffer>
  readonly rows: number
}

/** What else is known of a run in a process of its own. */
interface Traced extends Prepared {
  /** Milliseconds that it took, with the process. */
  readonly time: number
  /** What makes something last, in its order: `rename`, `link`, `sync`, … */
  readonly calls: readonly string[]
}

/** The pipeline as it is unless asked otherwise, and its results, made once for all tests of a file; and a folder for this test. */
export async function prepare(t: ExecutionContext): Promise<Prepared & { readonly folder: string; readonly out: string }> {
  prepared ??= undisturbed()
  const folder = await tempFolder(t)
  return { ...(await prepared), folder, out: path.join(folder, 'out') }
}

let traced: Promise<Traced> | undefined

/** The same, made in a process of its own. */
export async function prepareTraced(t: ExecutionContext): Promise<Traced & { readonly folder: string; readonly out: string }> {
  traced ??= undisturbedApart()
  const folder = await tempFolder(t)
  return { ...(await traced), folder, out: path.join(folder, 'out') }
}

async function undisturbed(): Promise<Prepared> {
  const folder = await preparedFolder()
  const pipeline = await writePipeline(folder)
  const out = path.join(folder, 'reference')
  return madeBy(pipeline, out, await runHere(pipeline, out))
}

async function undisturbedApart(): Promise<Traced> {
  const folder = await preparedFolder()
  const pipeline = await writePipeline(folder)
  const [out, trace] = [path.join(folder, 'reference'), path.join(folder, 'trace')]
  const began = performance.now()
  const ran = await run(pipeline, out, { env: { TIASTREAM_TEST_TRACE: trace } })
  const time = performance.now() - began
  const lines = (await readFile(trace, 'utf8')).trim().split('\n')
  return { ...(await madeBy(pipeline, out, ran)), time, calls: lines.map((line) => line.split(' ')[0]!) }
}

async function preparedFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-crash-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function madeBy(pipeline: string, out: string, { code, stderr }: Ran): Promise<Prepared> {
  if (code !== 0) throw new Error(`the undisturbed run ended with ${code}: ${stderr}`)
  const [receipt] = await receiptsOf(out)
  return { pipeline, expected: await resultsOf(out), rows: receipt!.rows }
}

/** Does the work of all items, `width` at a time. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T, i: number) => Promise<void>): Promise<void> {
  const entries = items.entries()
  const worker = async () => {
    for (const [i, item] of entries) await work(item, i)
  }
  await Promise.all(Array.from({ length: width }, worker))
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
  const receipts = await receiptsOf(folder)
  t.true(receipts.length > 0, `${what}: receipts`)
  for (const receipt of receipts) {
    t.is(receipt.status, 'done', what)
    for (const { file, bytes } of receipt.files) t.is(bytes, expected.get(file)!.length, `${what}: receipt of ${file}`)
  }
  t.deepEqual(await leftIn(folder), [], `${what}: left behind`)
}
