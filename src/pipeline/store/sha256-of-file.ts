/** The sha256 of a file on this machine, in hexadecimal. */

import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { openPlain } from '../../core/files/plain-file.js'
import { writing } from '../../sinks/common/file.js'

/** Bytes at a time: a millisecond of a core. */
const piece = 2 ** 20

/** Null of a folder, which some sinks write. Throws SinkError when it cannot be read. */
export function sha256OfFile(file: string, signal?: AbortSignal): Promise<string | null> {
  return writing(file, async () => {
    const handle = await openPlain(file).catch((error: NodeJS.ErrnoException): FileHandle | null => {
      if (error.code !== 'EISDIR') throw error
      return null
    })
    if (handle === null) return null
    const hash = createHash('sha256')
    await pipeline(handle.createReadStream({ highWaterMark: piece }), hash, signal ? { signal } : {})
    return hash.digest('hex')
  })
}
