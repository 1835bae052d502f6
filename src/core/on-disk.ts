/** Waits until what was written to an open file is on the disk. */

import { fsync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'

const fsyncOf = promisify(fsync)

/** By its descriptor: under Yarn's Plug'n'Play the handle itself does not know `sync`. */
export const onDisk = (handle: FileHandle): Promise<void> => fsyncOf(handle.fd)
