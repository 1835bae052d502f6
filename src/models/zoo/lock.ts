/** One pull of a model at a time: a file with the number of the process. One that is gone does not count. */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'

/** Takes the lock, and answers how to let it go. Throws PULL_BUSY. */
export async function lock(file: string, name: string): Promise<() => Promise<void>> {
  await mkdir(path.dirname(file), { recursive: true })
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
      const holder = Number(await readFile(file, 'utf8').catch(() => ''))
      if (attempt > 0 || isRunning(holder)) {
        throw new ModelError('PULL_BUSY', `${name} is being pulled by process ${holder}`, {
          hint: `wait for it; if there is none, remove ${file}`,
          cause,
        })
      }
      await rm(file, { force: true })
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
