/** A small pipeline over the demo slide for tests of the run, and what it wrote. */

import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { type RunOptions, runPipeline } from '../../src/pipeline/run/run.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import { isOfCohort } from '../../src/pipeline/store/layout.js'

export const demoSlide = path.join(packageRoot, 'fixtures/slides/demo.tif')

export interface Asked {
  readonly slides?: string
  readonly grid?: string
  readonly mask?: string
  readonly extract?: string
  /** null: none is asked. */
  readonly model?: string | null
  readonly sinks?: string
  readonly runtime?: string
}

/** Writes `pipeline.yml` into the folder. About 120 patches of the demo slide unless asked otherwise. */
export async function writePipeline(folder: string, asked: Asked = {}): Promise<string> {
  const file = path.join(folder, 'pipeline.yml')
  await writeFile(
    file,
    `output: ./out
slides: ${asked.slides ?? `{ glob: "${demoSlide}" }`}
stages:
  - grid: ${asked.grid ?? '{ size: 224 px, at: 2 mpp, stride: 112 px }'}
  - mask: ${asked.mask ?? '{ method: otsu }'}
  - extract: ${asked.extract ?? '{}'}
  - batch: { size: 16 }
${asked.model === null ? '' : `  - infer: { model: ${asked.model ?? 'stain'} }\n`}  - merge
sinks: ${asked.sinks ?? '[parquet, arrow, csv]'}
runtime: ${asked.runtime ?? '{ lanes: 1 }'}
`,
  )
  return file
}

/** Runs it, keeping the events. */
export async function runFile(file: string, options: RunOptions = {}) {
  const events: RunEvent[] = []
  const plan = await readPlan(file)
  const summary = await runPipeline(plan, { ...options, onEvent: (event) => events.push(event) })
  return { summary, events, plan }
}

/** The sha256 of every result file below a folder, by relative path; the state folder left out. */
export async function hashesOf(folder: string): Promise<Record<string, string>> {
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  return Object.fromEntries([...(await resultsOf(folder))].map(([name, bytes]) => [name, hash(bytes)]))
}

/** Every file of a slide below an output folder with its bytes, by relative path; the state and what is said of all of them left out. */
export async function resultsOf(folder: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, file)
    if (entry.isFile() && !name.startsWith('.tiastream') && !isOfCohort(name)) found.set(name, await readFile(file))
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
