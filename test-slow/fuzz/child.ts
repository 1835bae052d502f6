/**
 * The process that fuzzes one target: argv is target, seconds, seed, and the folder where the input at work lies (`current`), so that it is
 * known after a crash. Tells its parent how far it is, about twice a second, and ends at the first find.
 */

import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { corpusOf } from './corpus.js'
import { Coverage } from './coverage.js'
import { mutate, randomOf } from './mutate.js'
import { outcomeOf, targets } from './targets.js'

export interface Progress {
  readonly runs: number
  readonly coverage: number
  readonly kept: number
  readonly outcomes: Readonly<Record<string, number>>
}

export type Message = { readonly type: 'progress'; readonly progress: Progress } | { readonly type: 'find'; readonly error: string }

const [name, seconds, seed, scratch] = process.argv.slice(2) as [string, string, string, string]
const target = targets[name]!
const random = randomOf(Number(seed))
const seeds = await corpusOf(target)
const work = path.join(scratch, 'work')
await mkdir(work, { recursive: true })
const coverage = new Coverage()
const outcomes: Record<string, number> = {}
const current = path.join(scratch, 'current')
let runs = 0

const tell = (message: Message) => process.send!(message)
const progress = (): Message => ({ type: 'progress', progress: { runs, coverage: coverage.size, kept: seeds.length, outcomes } })

async function attempt(bytes: Buffer): Promise<boolean> {
  writeFileSync(current, bytes)
  const outcome = await outcomeOf(target, bytes, work)
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  runs++
  return coverage.isNew()
}

/** Kept inputs beyond the corpus: the newest first are the ones to go on from. */
const mostKept = 2000

try {
  const until = performance.now() + Number(seconds) * 1000
  let told = performance.now()
  const breathe = async () => {
    if (performance.now() - told < 500) return
    told = performance.now()
    tell(progress())
    await new Promise(setImmediate)
  }
  // The corpus itself first: what it reaches is known.
  for (const bytes of [...seeds]) {
    await attempt(bytes)
    await breathe()
  }
  while (performance.now() < until) {
    const recent = random() < 0.5 ? Math.floor(random() * Math.min(50, seeds.length)) + 1 : 0
    const base = recent > 0 ? seeds.at(-recent)! : seeds[Math.floor(random() * seeds.length)]!
    const input = mutate(seeds, base, target.words ?? [], random)
    if ((await attempt(input)) && seeds.length < mostKept) seeds.push(input)
    await breathe()
  }
  tell(progress())
  process.disconnect()
} catch (error) {
  tell({ type: 'find', error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.disconnect()
}
