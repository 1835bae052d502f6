/**
 * A folder and those above it, made one by one. Node's own `recursive` goes round for ever where the system says that a folder is not there
 * inside of one that is, as /proc does.
 */

import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { SinkError } from '../errors.js'

/** Throws SinkError OUTPUT_DENIED where the place takes no folders, else what the system says. */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = []
  let at = path.resolve(folder)
  for (; !(await isThere(at)); at = path.dirname(at)) missing.push(at)
  // Says that a file has its name.
  if (missing.length === 0 && !(await stat(at)).isDirectory()) await mkdir(at)
  for (const one of missing.reverse()) {
    await mkdir(one).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT')
        throw new SinkError('OUTPUT_DENIED', `${folder} cannot be made: ${path.dirname(one)} takes no folders (ENOENT)`, {
          hint: 'name another place',
          cause,
        })
      // Another has made it meanwhile.
      if (cause.code !== 'EEXIST') throw cause
    })
  }
}

async function isThere(place: string): Promise<boolean> {
  try {
    await stat(place)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}
