/**
 * What was written aside goes to its place, in the place of what is there. Windows replaces no file that somebody has open, a scanner of viruses or
 * whoever reads it: those are soon done, so it is tried again for a while.
 */

import { rename } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** What Windows says of a file that is open. */
const inUse: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY']
/** Twice as long each time: five seconds together. */
const waits = [10, 20, 40, 80, 160, 320, 640, 1280, 2560]

interface System {
  readonly windows: boolean
  readonly rename: typeof rename
  readonly wait: (ms: number) => Promise<unknown>
}

const own: System = { windows: process.platform === 'win32', rename, wait }

/** Throws the error of the system. */
export async function intoPlace(partial: string, place: string, system: System = own): Promise<void> {
  for (const ms of system.windows ? waits : []) {
    try {
      return await system.rename(partial, place)
    } catch (error) {
      if (!inUse.includes((error as NodeJS.ErrnoException).code)) throw error
      await system.wait(ms)
    }
  }
  return system.rename(partial, place)
}
