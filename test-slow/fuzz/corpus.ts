/** The inputs a target begins with. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'
import type { Target } from './targets.js'

/** Larger files are left to the corpora tests: here they only cost time. */
const largest = 1 << 17

export async function corpusOf({ corpus, endings, made }: Target): Promise<Buffer[]> {
  const found = corpus.flatMap((place) => filesBelow(path.join(packageRoot, place))).filter((file) => endings.test(file))
  const inputs = found.filter((file) => statSync(file).size <= largest).map((file) => readFileSync(file))
  for (const bytes of (await made?.()) ?? []) inputs.push(Buffer.from(bytes))
  return inputs.length > 0 ? inputs : [Buffer.alloc(64, 'tiastream')]
}

/** Every file below a folder, sorted; none when it is absent. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .toSorted()
  } catch {
    return []
  }
}
