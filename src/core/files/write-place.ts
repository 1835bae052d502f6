/** Whether files can be written to a place, looked at before work begins: what is in the way, in words for who has named the place. */

import { access, constants, lstat, readlink, stat } from 'node:fs/promises'
import path from 'node:path'
import { SinkError } from '../errors.js'
import { systemCode } from './system-error.js'

export interface Obstacle {
  readonly code: 'OUTPUT_DENIED' | 'OUTPUT_MISSING'
  readonly fact: string
  readonly hint: string
}

const elsewhere = 'name another place with -o'

/** What keeps files from a folder; null when nothing does. `made`: a folder that is not there will be made. */
export async function obstacleTo(folder: string, { made }: { readonly made: boolean }): Promise<Obstacle | null> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      if (!(await stat(at)).isDirectory()) return { code: 'OUTPUT_DENIED', fact: `${at} is a file`, hint: elsewhere }
      await access(at, constants.W_OK | constants.X_OK)
      return null
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOTDIR') continue
      if (code !== 'ENOENT')
        return {
          code: 'OUTPUT_DENIED',
          fact: `${at} cannot be written to (${systemCode(error)})`,
          hint: `ask who owns it, or ${elsewhere}`,
        }
      const there = await lstat(at).catch(() => null)
      // Another process has made it this very moment.
      if (there !== null && !there.isSymbolicLink()) return obstacleTo(folder, { made })
      if (there !== null)
        return {
          code: 'OUTPUT_MISSING',
          fact: `${at} is a link to ${await readlink(at)}, which is not there`,
          hint: `make that folder, or ${elsewhere}`,
        }
      if (!made) return { code: 'OUTPUT_MISSING', fact: `there is no folder ${at}`, hint: `make it, or ${elsewhere}` }
      if (path.dirname(at) === at) return { code: 'OUTPUT_MISSING', fact: `there is no ${at}`, hint: elsewhere }
    }
  }
}

/** Throws SinkError where `out` cannot be written. */
export async function mustTake(out: string, folder: string, how: { readonly made: boolean }): Promise<void> {
  const obstacle = await obstacleTo(folder, how)
  if (obstacle) throw new SinkError(obstacle.code, `${out} cannot be written: ${obstacle.fact}`, { hint: obstacle.hint })
  const isTooLong = await lstat(out).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENAMETOOLONG',
  )
  if (isTooLong)
    throw new SinkError('OUTPUT_NAME', `${out} cannot be written: its name is too long for this file system`, { hint: elsewhere })
}
