/** Bytes to be sent: from memory, or a stretch of a file, which is read twice (to sum it up, and to send it) and never held. */

import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { SinkError } from '../../core/errors.js'
import type { Body } from './ask.js'

/** Bytes of a file in memory at a time, of each part that is on its way. */
const piece = 256 * 1024

export const bodyOf = (bytes: Uint8Array): Body => ({
  length: bytes.length,
  md5: createHash('md5').update(bytes).digest('base64'),
  pieces: () => bytes,
})

/** Throws SinkError where the file is shorter than it was. */
export async function bodyOfFile(handle: FileHandle, file: string, at: number, length: number): Promise<Body> {
  const hash = createHash('md5')
  for await (const bytes of piecesOf(handle, file, at, length)) hash.update(bytes)
  return { length, md5: hash.digest('base64'), pieces: () => piecesOf(handle, file, at, length) }
}

/** What the system says of a file that is to be uploaded. */
export const cannotRead =
  (file: string) =>
  (cause: Error): never => {
    throw new SinkError('OUTPUT_FAILED', `${file} cannot be read to be uploaded: ${cause.message}`, { cause })
  }

async function* piecesOf(handle: FileHandle, file: string, at: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; ) {
    // Anew each time: a socket may still hold the last one.
    const wanted = Buffer.alloc(Math.min(piece, length - done))
    const { bytesRead } = await handle.read(wanted, 0, wanted.length, at + done).catch(cannotRead(file))
    if (bytesRead === 0)
      throw new SinkError('OUTPUT_BROKEN', `${file} has ended at byte ${at + done}, before all of it was uploaded`, {
        hint: 'does somebody clear the scratch folder?',
      })
    yield wanted.subarray(0, bytesRead)
    done += bytesRead
  }
}
