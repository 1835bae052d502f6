/** Waits until a full disk has room again. */

import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAddress } from '../core/address.js'
import { onDisk } from '../core/files/on-disk.js'
import { state } from '../pipeline/store/result-store.js'
import { scratchFolder } from '../pipeline/store/scratch.js'

/** Less is no room: the next band of rows would not go in. */
const needed = 2 ** 22

/** Resolves when there is room, or the signal came. */
export async function untilRoom(folder: string, worker: string, every: number, signal: AbortSignal): Promise<void> {
  do await sleep(every, undefined, { signal }).catch(() => undefined)
  while (!signal.aborted && !(await hasRoom(folder, worker)))
}

/** The folder whose disk was full: of a bucket that of the files that are not uploaded yet. */
export const folderWritten = (output: string, scratch: string | undefined): string =>
  isAddress(output) ? scratchFolder(scratch) : path.join(output, state)

/** What a quota says is known only by writing. */
async function hasRoom(folder: string, worker: string): Promise<boolean> {
  const file = path.join(folder, `room.${worker.replace(/[^\w.-]/g, '_')}.partial`)
  try {
    const handle = await open(file, 'w')
    try {
      await handle.writeFile(Buffer.alloc(needed))
      await onDisk(handle)
    } finally {
      await handle.close()
    }
    return true
  } catch {
    return false
  } finally {
    await rm(file, { force: true }).catch(() => undefined)
  }
}
