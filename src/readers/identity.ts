/**
 * Who a file is, by its content: size, head and tail, and blocks between them. Its time is noted, for people and for a change while it is
 * read; no time makes it another file. Reads 1.1 MiB of a slide, whatever its size; of a picture of a set 16 KiB.
 */

import { createHash, type Hash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { RemoteOptions } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { SlideIdentity } from '../core/slide.js'
import { forMany } from '../flow/for-many.js'
import { everyTurn } from '../flow/turn.js'
import { type ByteSource, type Extent, fileError } from './byte-source.js'
import { openUri } from './files/by-scheme.js'

/** Enough for the directories of most slides, at whichever end they are. */
export const BLOCK = 64 * 1024
/** Between the first and the last. A change of a share s of the file that lies together is seen for sure when s is more than 1/16. */
export const BETWEEN = 16

/** Everything is hashed where the blocks would touch. */
export async function identityOf(source: ByteSource, signal?: AbortSignal): Promise<SlideIdentity> {
  const own = forMany(signal)
  const { uri, size, modified, version } = source
  // On a server it is who the server says: its address and its ETag. Nothing is read for it.
  if (version !== undefined) return { bytes: size, modified, head: createHash('sha256').update(`${uri}\n${version}`).digest('hex') }
  const first = Math.min(BLOCK, size)
  const last = Math.max(first, size - BLOCK)
  const ends = [
    { offset: 0, length: first },
    { offset: last, length: size - last },
  ]
  const read = ({ offset, length }: Extent) => source.read(offset, length, own)
  const hashed = async (extents: readonly Extent[]) => {
    const hash = createHash('sha256')
    for (const bytes of await Promise.all(extents.map(read))) hash.update(bytes)
    return hash.digest('hex')
  }
  return { bytes: size, modified, head: await hashed(ends), blocks: await hashed(spread(first, last, BLOCK, BETWEEN)) }
}

/** `count` blocks spread evenly from `start` to `end`, or all that lies there in blocks when it is no more than they are. */
export function spread(start: number, end: number, block: number, count: number): Extent[] {
  const span = end - start
  if (span <= block * count) {
    return Array.from({ length: Math.ceil(span / block) }, (_, i) => ({
      offset: start + i * block,
      length: Math.min(block, span - i * block),
    }))
  }
  return Array.from({ length: count }, (_, i) => ({ offset: start + Math.floor(((i + 0.5) * span) / count - block / 2), length: block }))
}

/** Hashed between two turns of the event loop. */
const PIECE = 1024 * 1024

/** Of pixels in memory: all of them, for no time says when they were made. */
export async function identityOfBytes(bytes: Uint8Array, signal?: AbortSignal): Promise<SlideIdentity> {
  const hash = createHash('sha256')
  const turn = everyTurn()
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE)
    hash.update(piece)
    await turn(piece.length)
    signal?.throwIfAborted()
  }
  return { bytes: bytes.length, modified: 0, head: hash.digest('hex') }
}

/** Of a picture of a set, of which there may be a hundred thousand. */
const SMALL_BLOCK = 4 * 1024
/** Pictures open at once: the wait is for the disk. */
export const AT_ONCE = 32

/** Of a set: the sum of the sizes, the newest time, and hashes over all pictures in their order, wherever they lie. */
export async function identityOfSet(uris: readonly string[], signal?: AbortSignal, remote?: RemoteOptions): Promise<SlideIdentity> {
  const own = forMany(signal)
  const head = createHash('sha256')
  const blocks = createHash('sha256')
  let bytes = 0
  let modified = 0
  for (let at = 0; at < uris.length; at += AT_ONCE) {
    signal?.throwIfAborted()
    for (const picture of await Promise.all(uris.slice(at, at + AT_ONCE).map((uri) => samplesOf(uri, own, remote)))) {
      bytes += Math.max(0, picture.size)
      modified = Math.max(modified, picture.modified)
      addPicture(head, blocks, picture)
    }
  }
  return { bytes, modified, head: head.digest('hex'), blocks: blocks.digest('hex') }
}

/** One hash of which files they are, their sizes and times: that of the last change, which no program sets, too. Reads none of them. */
export async function stampOfSet(uris: Iterable<string>, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const all = [...uris]
  for (let at = 0; at < all.length; at += AT_ONCE) {
    signal?.throwIfAborted()
    const some = all.slice(at, at + AT_ONCE)
    const facts = await Promise.all(some.map((uri) => stat(uri, { bigint: true }).catch(() => null)))
    for (const fact of facts) {
      hash.update(fact === null ? 'none\n' : `${fact.dev} ${fact.ino} ${fact.size} ${fact.mtimeNs} ${fact.ctimeNs}\n`)
    }
  }
  return hash.digest('hex')
}

interface Samples {
  readonly size: number
  readonly modified: number
  readonly parts: readonly Uint8Array[]
}

function addPicture(head: Hash, blocks: Hash, { size, parts }: Samples): void {
  const [first = new Uint8Array(0), ...rest] = parts
  head.update(`${size} ${first.length} `).update(first)
  for (const part of rest) blocks.update(part)
}

/** A picture that cannot be read is that picture's error when it is read, not the set's: it counts as what it is now. */
async function samplesOf(uri: string, signal?: AbortSignal, remote?: RemoteOptions): Promise<Samples> {
  try {
    const source = await openUri(uri, remote, signal)
    try {
      const { size, modified, version } = source
      if (version !== undefined) return { size, modified, parts: [Buffer.from(version)] }
      const first = Math.min(SMALL_BLOCK, size)
      const last = Math.max(first, size - SMALL_BLOCK)
      const extents = [{ offset: 0, length: first }, ...spread(first, last, SMALL_BLOCK, 2), { offset: last, length: size - last }]
      const parts: Uint8Array[] = []
      for (const { offset, length } of extents) if (length > 0) parts.push(await source.read(offset, length, signal))
      return { size, modified, parts }
    } finally {
      await source.close()
    }
  } catch (error) {
    signal?.throwIfAborted()
    const { code } = error as { readonly code?: unknown }
    if (code === 'SLIDE_MISSING' || code === 'SLIDE_FORBIDDEN' || code === 'SLIDE_UNREADABLE') return { size: -1, modified: 0, parts: [] }
    throw error instanceof SlideError ? error : fileError(uri, error)
  }
}
