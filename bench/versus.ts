/**
 * Versus: another checkout of this repository (an earlier version), asked the same pipelines in turns. Whole processes, as a shell sees them: no slower,
 * no later with the first word, no larger.
 */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { packageRoot } from '../src/core/package-root.js'
import type { Asked } from './support/asked.js'
import { dataPath } from './support/folders.js'
import { type Architecture, modelFolder } from './support/models.js'
import { median } from './support/rounds.js'
import { writeWork } from './support/runs.js'
import { generatedSlide } from './support/slides.js'
import { prose, table, verdict, verdictBelow } from './support/table.js'

interface Row {
  readonly architecture: Architecture
  readonly kind: 'fp32' | 'int8'
  readonly side: number
  readonly mpp: number
}

/** As in `overhead`: sides for some ten seconds. */
const rows: readonly Row[] = [
  { architecture: 'resnet18', kind: 'fp32', side: 10_752, mpp: 0.5 },
  { architecture: 'resnet18', kind: 'int8', side: 14_336, mpp: 0.5 },
  { architecture: 'resnet18', kind: 'int8', side: 14_336, mpp: 0.499 },
  { architecture: 'mobilenet_v2', kind: 'fp32', side: 10_752, mpp: 0.5 },
  { architecture: 'mobilenet_v2', kind: 'int8', side: 14_336, mpp: 0.5 },
  { architecture: 'mobilenet_v2', kind: 'int8', side: 14_336, mpp: 0.499 },
]

interface Used {
  readonly seconds: number
  /** Processor seconds of all threads. */
  readonly cpu: number
  readonly mebibytes: number
}

export default async function versus({ quick, other }: Asked): Promise<void> {
  if (other === undefined || !existsSync(path.join(other, 'dist/src/cli.js'))) {
    prose('--other FOLDER: a built checkout (git worktree add FOLDER COMMIT, and npm ci there)')
    return
  }
  const roots = [packageRoot, path.resolve(other)] as const
  const compared: Record<string, string | number | null>[] = []
  const verdicts: (() => void)[] = []
  const compare = async (what: string, args: readonly string[], output: string | null, rounds: number) => {
    const used = await inTurns(roots, args, output, rounds)
    const ratio = (of: (one: Used) => number) => median(used.map(([a, b]) => of(a) / of(b)))
    const [seconds, cpu, size] = [ratio((u) => u.seconds), ratio((u) => u.cpu), ratio((u) => u.mebibytes)]
    compared.push({
      what,
      seconds: median(used.map(([a]) => a.seconds)),
      'other, s': median(used.map(([, b]) => b.seconds)),
      'ratio of seconds': seconds,
      'of processor seconds': cpu,
      'MiB at most': median(used.map(([a]) => a.mebibytes)),
      'ratio of MiB': size,
    })
    verdicts.push(() => {
      verdict(`${what}: as fast as the other (by processor seconds)`, 1 / cpu, 0.98)
      verdictBelow(`${what}: memory ÷ the other's`, size, 1.02)
    })
  }

  const start = await writeWork({ name: 'versus-start', slide: path.join(packageRoot, 'fixtures/slides/demo.tif'), model: 'stain' })
  await compare('check', ['check', start.file], null, quick ? 3 : 11)
  await compare('demo slide, stain', ['run', start.file], start.output, quick ? 2 : 7)
  for (const { architecture, kind, side, mpp } of rows) {
    const model = await modelFolder(architecture, kind)
    if (model === null) continue
    const slide = await generatedSlide({ side: quick ? 4480 : side, mpp, tissue: 1 })
    const { file, output } = await writeWork({ name: `versus-${architecture}-${kind}`, slide, model })
    await compare(`${architecture} ${kind} at ${mpp} µm`, ['run', file], output, quick ? 1 : 3)
  }
  table(compared)
  for (const say of verdicts) say()
}

/** Pairs: ours and the other's, who comes first by turns; the first pair only warms the disk. */
async function inTurns(
  [ours, theirs]: readonly [string, string],
  args: readonly string[],
  output: string | null,
  rounds: number,
): Promise<readonly (readonly [Used, Used])[]> {
  const pairs: (readonly [Used, Used])[] = []
  for (let round = 0; round <= rounds; round++) {
    const first = await runOf(round % 2 === 0 ? ours : theirs, args, output)
    const second = await runOf(round % 2 === 0 ? theirs : ours, args, output)
    if (round > 0) pairs.push(round % 2 === 0 ? [first, second] : [second, first])
  }
  return pairs
}

/** The process itself says at its end what it used: every version can be asked so. */
const tellTale = `
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
if (isMainThread) process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  writeFileSync(process.env.VERSUS_SAYS, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, mebibytes: maxRSS / 1024 }))
})
`

async function runOf(root: string, args: readonly string[], output: string | null): Promise<Used> {
  if (output !== null) await rm(output, { recursive: true, force: true })
  const [script, says] = [dataPath('versus', 'says.mjs'), dataPath('versus', 'said.json')]
  await writeFile(script, tellTale)
  await rm(says, { force: true })
  const began = performance.now()
  const child = spawn(process.execPath, ['--import', script, path.join(root, 'dist/src/cli.js'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, VERSUS_SAYS: says },
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  const seconds = (performance.now() - began) / 1000
  if (code !== 0) throw new Error(`${root}: ${args.join(' ')} ended with ${code}`)
  return { seconds, ...(JSON.parse(await readFile(says, 'utf8')) as { cpu: number; mebibytes: number }) }
}
