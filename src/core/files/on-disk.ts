/** Waits until what was written to an open file is on the disk. */

import { fsync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { SinkError } from '../errors.js'

const fsyncOf = promisify(fsync)

/** Throws SinkError OUTPUT_DENIED where Node's permission model has no fsync: it allows it in no case. */
export async function onDisk(handle: FileHandle): Promise<void> {
  try {
    // Under Yarn's Plug'n'Play, which puts handles of its own in the place of Node's, `sync` is not implemented.
    await ('pnp' in process.versions ? fsyncOf(handle.fd) : handle.sync())
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw cause
    const fact = `no file can be kept safely: under Node's permission model nobody may wait for the disk (fsync)`
    throw new SinkError('OUTPUT_DENIED', fact, {
      hint: 'start node without --permission; with it, a program can take the rows from streamRows',
      cause,
    })
  }
}
