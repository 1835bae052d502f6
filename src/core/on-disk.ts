/** Waits until what was written to an open file is on the disk. */

import { fsync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'

const fsyncOf = promisify(fsync)

/** Under Yarn's Plug'n'Play, which puts handles of its own in the place of Node's, `sync` is not implemented. */
export const onDisk = (handle: FileHandle): Promise<void> => ('pnp' in process.versions ? fsyncOf(handle.fd) : handle.sync())
