/** Folders that are made once for all tests, of this run and of later ones: below the system's temporary folder, named after what they are made of. */

import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'

/** The folder; `make` fills one beside it, which becomes it when it is whole. */
export async function madeOnce(folder: string, make: (making: string) => Promise<unknown>): Promise<string> {
  if (existsSync(folder)) return folder
  const making = await mkdtemp(`${folder}-`)
  await make(making)
  // Two that make it at once: the first has it.
  await rename(making, folder).catch(() => rm(making, { recursive: true }))
  return folder
}
