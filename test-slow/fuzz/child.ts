/**
 * The process that fuzzes one target after another, as it is told. The input at work lies in a folder that the parent names (`current`), so that it is
 * known after a crash. Tells its parent how far it is, about twice a second, and goes on with no other target after a find.
 */

import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { corpusOf } from './corpus.js'
import { Coverage } from './coverage.js'
import { mutate, randomOf } from './mutate.js'
import { outcomeOf, targets } from './targets.js'

export interface Asked {
  readonly target: string
  readonly seconds: number
  readonly seed: number
  readonly scratch: string
}

export interface Progress {
  readonly runs: number
  readonly coverage: number
  readonly kept: number
  readonly outcomes: Readonly<Record<string, number>>
}

export type Message =
  | { readonly type: 'progress' | 'done'; readonly progress: Progress }
  | { readonly type: 'find'; readonly error: string }

/** Kept inputs beyond the corpus: the newest first are the ones to go on from. */
const mostKept = 2000

const tell = (message: Message) => process.send!(message)
let coverage: Coverage | undefined

async function fuzz({ target: name, seconds, seed, scratch }: Asked): Promise<void> {
  const target = targets[name]!
  const random = randomOf(seed)
  const seeds = await corpusOf(target)
  const work = path.join(scratch, 'work')
  await mkdir(work, { recursive: true })
  coverage ??= new Coverage()
  coverage.forget()
  const seen = coverage
  const outcomes: Record<string, number> = {}
  const current = path.join(scratch, 'current')
  let runs = 0
  const progress = (): Progress => ({ runs, coverage: seen.size, kept: seeds.length, outcomes })

  const attempt = async (bytes: Buffer): Promise<boolean> => {
    writeFileSync(current, bytes)
    const outcome = await outcomeOf(target, bytes, work)
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    runs++
    return seen.isNew()
  }

  const until = performance.now() + seconds * 1000
  let told = performance.now()
  const breathe = async () => {
    if (performance.now() - told < 500) return
    told = performance.now()
    tell({ type: 'progress', progress: progress() })
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
  tell({ type: 'done', progress: progress() })
}

process.on('message', (asked: Asked) => {
  fuzz(asked).catch((error: unknown) => {
    tell({ type: 'find', error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    process.disconnect()
  })
})
