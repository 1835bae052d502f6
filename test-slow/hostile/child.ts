/** Tries files one after another, as the parent names them, and tells what each came to. */

import { readFile } from 'node:fs/promises'
import { outcomeOf, targets } from '../fuzz/targets.js'

const scratch = process.argv[2]!

export interface Answer {
  readonly outcome?: string
  readonly find?: string
}

process.on('message', async ({ target, file }: { target: string; file: string }) => {
  let answer: Answer
  try {
    answer = { outcome: await outcomeOf(targets[target]!, await readFile(file), scratch) }
  } catch (error) {
    answer = { find: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  process.send!(answer)
})
