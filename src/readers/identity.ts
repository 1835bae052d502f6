/** Who a file is: size, time, and a hash of its first and last 64 KiB. */

import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { SlideIdentity } from '../core/slide.js'
import { type ByteSource, fileError } from './byte-source.js'

const HEAD = 64 * 1024

/** The last 64 KiB are hashed where they begin after the first: no byte twice. */
export async function identityOf(source: ByteSource, signal?: AbortSignal): Promise<SlideIdentity> {
  const hash = createHash('sha256')
  const first = Math.min(HEAD, source.size)
  hash.update(await source.read(0, first, signal))
  const last = Math.max(first, source.size - HEAD)
  if (last < source.size) hash.update(await source.read(last, source.size - last, signal))
  return { bytes: source.size, modified: source.modified, head: hash.digest('hex') }
}

/** Of a set: the sum of the sizes, the newest time, and a hash of the list of files with their sizes and times. */
export async function identityOfSet(uris: readonly string[], signal?: AbortSignal): Promise<SlideIdentity> {
  const hash = createHash('sha256')
  let bytes = 0
  let modified = 0
  for (const uri of uris) {
    signal?.throwIfAborted()
    const { size, mtimeMs } = await stat(uri).catch((cause: unknown) => {
      // A missing picture is that picture's error when it is read, not the set's.
      const error = fileError(uri, cause)
      if (error.code === 'SLIDE_MISSING' || error.code === 'SLIDE_FORBIDDEN') return { size: -1, mtimeMs: 0 }
      throw error
    })
    bytes += Math.max(0, size)
    modified = Math.max(modified, mtimeMs)
    hash.update(`${JSON.stringify(uri)} ${size} ${mtimeMs}\n`)
  }
  return { bytes, modified, head: hash.digest('hex') }
}
