/** Start: how long until the first word, until a pipeline is checked, and until the first patch has its answer. Whole processes, as a shell sees them. */

import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../src/core/package-root.js'
import type { Asked } from './support/asked.js'
import { median } from './support/rounds.js'
import { writeWork } from './support/runs.js'
import { table, verdictBelow } from './support/table.js'

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const demo = path.join(packageRoot, 'fixtures/slides/demo.tif')

export default async function start({ quick }: Asked): Promise<void> {
  const { file, output } = await writeWork({ name: 'start', slide: demo, model: 'stain' })
  const rounds = quick ? 3 : 11
  const seen: Record<string, number[]> = { 'node itself': [], 'tiastream --version': [], 'tiastream check': [], 'first patch of run': [] }
  for (let round = 0; round <= rounds; round++) {
    const took = {
      'node itself': await ended(['-e', '0']),
      'tiastream --version': await ended([cli, '--version']),
      'tiastream check': await ended([cli, 'check', file]),
      'first patch of run': await firstPatch(file, output),
    }
    if (round > 0) for (const [name, ms] of Object.entries(took)) seen[name]!.push(ms)
  }
  table(Object.entries(seen).map(([what, ms]) => ({ what, 'median ms': median(ms), least: Math.min(...ms), most: Math.max(...ms) })))
  verdictBelow('tiastream --version', median(seen['tiastream --version']!), 300, ' ms')
  verdictBelow('tiastream check', median(seen['tiastream check']!), 300, ' ms')
  verdictBelow('first patch inferred after run', median(seen['first patch of run']!), 2000, ' ms')
}

function ended(args: readonly string[]): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.on('exit', (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`${args.join(' ')} ended with ${code}`)),
    )
  })
}

/** From the start of the process to the first word of progress that counts an answered patch. */
async function firstPatch(file: string, output: string): Promise<number> {
  await rm(output, { recursive: true, force: true })
  const began = performance.now()
  const child = spawn(process.execPath, [cli, 'run', file, '--log', 'json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const first = await Promise.race([
    new Promise<number>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          if (/"slide\.progress"/.test(line) && !/"inferred":0\b/.test(line)) resolve(performance.now() - began)
        })
      }
    }),
    gone.then(() => Number.NaN),
  ])
  child.kill('SIGTERM')
  await gone
  if (Number.isNaN(first)) throw new Error('the run ended without a word of progress')
  return first
}
