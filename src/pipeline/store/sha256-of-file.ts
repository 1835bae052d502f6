/** The sha256 of a file on this machine, in hexadecimal. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { writing } from '../../sinks/common/file.js'

/** Bytes at a time: a millisecond of a core. */
const piece = 2 ** 20

/** Null of a folder, which some sinks write. Throws SinkError when it cannot be read. */
export function sha256OfFile(file: string, signal?: AbortSignal): Promise<string | null> {
  return writing(file, async () => {
    if ((await stat(file)).isDirectory()) return null
    const hash = createHash('sha256')
    await pipeline(createReadStream(file, { highWaterMark: piece }), hash, signal ? { signal } : {})
    return hash.digest('hex')
  })
}
