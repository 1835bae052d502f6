/** Runs tiastream itself, as `tiastream run` does: a pipeline file, checked, run with `redo`, its receipt read. */

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isAddress } from '../../src/core/address.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { RunSummary } from '../../src/pipeline/run/run-events.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { dataPath } from './folders.js'

export interface Work {
  /** Names the folder of the results. */
  readonly name: string
  readonly slide: string
  /** Folder of a model, or the name of one that comes with tiastream. Null: none is asked. */
  readonly model: string | null
  /** What vectors are rounded to; without it they are as the model gives them. */
  readonly vectors?: 'float16'
  /** Where and in what it computes; by ONNX Runtime, as the graph says, without it. */
  readonly device?: string
  readonly precision?: 'auto' | 'bf16'
  readonly grid?: string
  readonly mask?: string
  readonly extract?: string
  readonly batch?: number
  readonly lanes?: number
  readonly slides?: number
  readonly sinks?: string
  readonly plugins?: readonly string[]
  /** A stage that stands in the place of a model. */
  readonly work?: string
}

export async function writeWork(work: Work): Promise<{ readonly file: string; readonly output: string }> {
  const folder = dataPath('runs', work.name)
  const output = path.join(folder, 'out')
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, 'pipeline.yml')
  const list = path.join(folder, 'list.csv')
  // Web servers know no patterns.
  if (isAddress(work.slide)) await writeFile(list, `uri\n${work.slide}\n`)
  await writeFile(
    file,
    `output: ./out
${work.plugins ? `plugins: ${JSON.stringify(work.plugins)}\n` : ''}slides: ${isAddress(work.slide) ? `{ list: ${JSON.stringify(list)} }` : `{ glob: ${JSON.stringify(work.slide)} }`}
stages:
  - grid: ${work.grid ?? '{ size: 224 px, at: 0.5 mpp }'}
  - mask: ${work.mask ?? '{ method: none }'}
  - extract: ${work.extract ?? '{}'}
  - batch: { size: ${work.batch ?? 16} }
${work.model === null ? '' : `  - infer: { model: ${JSON.stringify(work.model)}${optionsOf(work)} }\n`}${work.work === undefined ? '' : `  - ${work.work}\n`}  - merge
sinks: ${work.sinks ?? '[parquet]'}
runtime: { lanes: ${work.lanes ?? 2}, slides: ${work.slides ?? 1} }
`,
  )
  return { file, output }
}

const optionsOf = ({ vectors, device, precision }: Work): string =>
  Object.entries({ vectors, device, precision })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `, ${name}: ${value}`)
    .join('')

export interface Ran {
  readonly summary: RunSummary
  /** Seconds of the whole call: threads started, models opened, every slide committed. */
  readonly seconds: number
  /** From the first slide's start, when the lanes stand ready, to its last committed file. */
  readonly busy: number
  /** Processor seconds of the busy time. */
  readonly cpu: number
  /** Seconds of the busy time that the main thread was at work. */
  readonly main: number
  readonly receipts: readonly Receipt[]
  readonly output: string
}

/** Nothing is left but in which numbers it was begun: an output is tried once, whatever the number of its slides. */
async function emptied(output: string): Promise<void> {
  const state = path.join(output, '.tiastream')
  const kept = (await readdir(state).catch(() => [])).filter((name) => name.startsWith('precision-'))
  const files = await Promise.all(kept.map(async (name) => [name, await readFile(path.join(state, name))] as const))
  await rm(output, { recursive: true, force: true })
  if (files.length > 0) await mkdir(state, { recursive: true })
  for (const [name, content] of files) await writeFile(path.join(state, name), content)
}

/** `begun` is called when the lanes stand ready. */
export async function runWork(work: Work, begun: () => void = () => undefined): Promise<Ran> {
  const { file, output } = await writeWork(work)
  await emptied(output)
  let cpu = process.cpuUsage()
  let loop = performance.eventLoopUtilization()
  const began = performance.now()
  let ready = began
  const plan = await readPlan(file)
  const summary = await runPipeline(plan, {
    onEvent: ({ type }) => {
      if (type !== 'run.start') return
      ready = performance.now()
      cpu = process.cpuUsage()
      loop = performance.eventLoopUtilization()
      begun()
    },
  })
  const ended = performance.now()
  const { user, system } = process.cpuUsage(cpu)
  const main = performance.eventLoopUtilization(loop).active / 1000
  if (summary.status !== 'done')
    throw new Error(`the run of ${work.name} ended as '${summary.status}': ${JSON.stringify(summary.failures[0])}`)
  const folder = path.join(output, '.tiastream/receipts')
  const receipts = await Promise.all(
    (await readdir(folder)).map(async (name) => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as Receipt),
  )
  return { summary, seconds: (ended - began) / 1000, busy: (ended - ready) / 1000, cpu: (user + system) / 1e6, main, receipts, output }
}
