/** Small files that are there whole or not at all, also after a power cut. */

import { constants, mkdir, open, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { intoPlace } from '../../core/files/into-place.js'
import { partialOf } from '../../core/files/may-replace.js'
import { onDisk } from '../../core/files/on-disk.js'
import { whenFree } from '../../flow/file-handles.js'
import { writing } from '../../sinks/common/file.js'
import { fsyncFolder } from './fsync.js'
import { noLink } from './inside.js'

const anew = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | noLink

/** Writes a file that is not there yet, and waits for the disk. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await whenFree(() => open(file, anew))
  try {
    await handle.writeFile(content)
    await onDisk(handle)
  } finally {
    await handle.close()
  }
}

/** How often another may clear away what we have just written. */
const mostMeetings = 100

/** Does `work` again while it finds its partial file gone: somebody clears away what killed runs left, and cannot know ours from theirs. */
export async function meeting<T>(work: () => Promise<T>): Promise<T> {
  for (let meetings = 1; ; meetings++) {
    try {
      return await work()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || meetings >= mostMeetings) throw error
    }
  }
}

/** For a file that several may write at once: each has a partial file of its own, and the last one stands, whole. Throws SinkError. */
export async function writeShared(file: string, content: string | Uint8Array): Promise<void> {
  const [folder, name] = [path.dirname(file), path.basename(file)]
  await writing(file, async () => {
    await mkdir(folder, { recursive: true })
    await meeting(async () => {
      const partial = partialOf(file)
      await writeWhole(partial, content)
      await intoPlace(partial, file)
    })
    // Of runs that were killed; one that is at work writes again.
    for (const left of await readdir(folder)) {
      if (left.startsWith('.') && left.endsWith(`.${name}.partial`)) await rm(path.join(folder, left), { force: true })
    }
    await fsyncFolder(folder)
  })
}
