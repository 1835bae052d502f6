/**
 * In which numbers the first run into an output computed, where it was tried what pays: all further runs and machines compute in the same, so
 * that no table differs from its neighbours by more than its slide. A small file for each model beside the receipts.
 */

import { open, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { writing } from '../../sinks/common/file.js'
import { stateFolder } from './receipts.js'

const schema = 'tiastream-precision/1'

export interface KeptNumbers {
  /** What was asked for: `auto`, `bf16`. */
  readonly asked: string
  /** `cpu` or `openvino`, and in which floats. */
  readonly device: string
  readonly computing: 'fp32' | 'bf16'
  /** How it was found, in words. */
  readonly why: string
}

const begins = 'precision-'
const fileOf = (output: string, sha256: string, asked: string): string =>
  path.join(stateFolder(output), `${begins}${asked}-${sha256.slice(0, 16)}.json`)

/** What stands; null when nothing is decided. */
export async function keptNumbers(output: string, sha256: string, asked: string): Promise<KeptNumbers | null> {
  try {
    const read = JSON.parse(await readFile(fileOf(output, sha256, asked), 'utf8')) as KeptNumbers & { readonly schema: unknown }
    return read.schema === schema ? read : null
  } catch {
    return null
  }
}

/** Writes it down unless another run was first; returns what stands. */
export async function keepNumbers(output: string, sha256: string, numbers: KeptNumbers): Promise<KeptNumbers> {
  const file = fileOf(output, sha256, numbers.asked)
  return writing(file, async () => {
    const handle = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null
      throw error
    })
    if (handle === null) return (await whole(output, sha256, numbers.asked)) ?? numbers
    try {
      await handle.writeFile(`${JSON.stringify({ schema, ...numbers }, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return numbers
  })
}

/** The one who was first may be writing. */
async function whole(output: string, sha256: string, asked: string): Promise<KeptNumbers | null> {
  for (let look = 0; look < 20; look++) {
    const kept = await keptNumbers(output, sha256, asked)
    if (kept !== null) return kept
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return null
}

/** For an output that is made again. */
export async function forgetNumbers(output: string): Promise<void> {
  const folder = stateFolder(output)
  for (const name of await readdir(folder).catch(() => [])) if (name.startsWith(begins)) await rm(path.join(folder, name), { force: true })
}
