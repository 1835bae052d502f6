/**
 * Who a file is, by its content: size, head and tail, and blocks between them, wherever it lies. Its time is noted, for people and for a change while it is
 * read; no time makes it another file. Reads 1.1 MiB of a slide, whatever its size, from a server in one round trip; of a picture of a set 16 KiB.
 */

import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { RemoteOptions } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { SlideIdentity } from '../core/slide.js'
import { ahead } from '../flow/ahead.js'
import { forMany } from '../flow/for-many.js'
import { everyTurn } from '../flow/turn.js'
import { type ByteSource, type Extent, fileError } from './byte-source.js'
import { openUri } from './files/by-scheme.js'

/** Enough for the directories of most slides, at whichever end they are. */
export const BLOCK = 64 * 1024
/** Between the first and the last. A change of a share s of the file that lies together is seen for sure when s is more than 1/16. */
export const BETWEEN = 16

/** Everything is hashed where the blocks would touch. `before`: who it was when it was last looked at; in the same state at its server it is that. */
export async function identityOf(source: ByteSource, signal?: AbortSignal, before?: SlideIdentity): Promise<SlideIdentity> {
  const { size, modified } = source
  const version = versionOf([source])
  if (before?.version !== undefined && before.version === version) return { ...before, modified }
  const [ends, between] = extentsOf(size, BLOCK, BETWEEN)
  const own = forMany(signal)
  const read = await Promise.all([
    // Whoever opens a slide needs its ends.
    ...ends.map(({ offset, length }) => source.read(offset, length, own)),
    ...between.map((extent) => readOnce(source, extent, own)),
  ])
  const hashes = { head: hashOf(read.slice(0, ends.length)), blocks: hashOf(read.slice(ends.length)) }
  return { bytes: size, modified, ...(version === undefined ? {} : { version }), ...hashes }
}

/** Bytes that nobody asks for again. */
export const readOnce = (source: ByteSource, { offset, length }: Extent, signal?: AbortSignal): Promise<Uint8Array> =>
  source.readOnce?.(offset, length, signal) ?? source.read(offset, length, signal)

/** The first and the last block of a file, and some between. */
export function extentsOf(size: number, block: number, count: number): readonly [ends: readonly Extent[], between: readonly Extent[]] {
  const first = Math.min(block, size)
  const last = Math.max(first, size - block)
  const ends = [
    { offset: 0, length: first },
    { offset: last, length: size - last },
  ]
  return [ends, spread(first, last, block, count)]
}

export function hashOf(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/** In which state files are at their servers; undefined where one of them lies on a disk, or its server does not say. Null is one that is not there. */
export function versionOf(files: readonly (Pick<ByteSource, 'uri' | 'size' | 'version'> | null)[]): string | undefined {
  const hash = createHash('sha256')
  for (const file of files) {
    if (file !== null && file.version === undefined) return undefined
    hash.update(file === null ? 'none\n' : `${JSON.stringify([file.uri, file.size, file.version])}\n`)
  }
  return files.some((file) => file !== null) ? hash.digest('hex') : undefined
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

/**
 * Of a set: the sum of the sizes, the newest time, and hashes over all pictures in their order, wherever they lie. `before`: who it was when it was last
 * looked at; when all of them are in the same state at their server it is that.
 */
export async function identityOfSet(
  uris: readonly string[],
  signal?: AbortSignal,
  remote?: RemoteOptions,
  before?: SlideIdentity,
): Promise<SlideIdentity> {
  const own = forMany(signal)
  if (before?.version !== undefined) {
    const facts: (Facts | null)[] = []
    for await (const fact of ahead(uris, AT_ONCE, (uri) => pictureAt(uri, own, remote, async (source) => factsOf(source)))) facts.push(fact)
    if (versionOf(facts) === before.version) return { ...before, modified: newest(facts) }
  }
  const head = createHash('sha256')
  const blocks = createHash('sha256')
  const facts: (Facts | null)[] = []
  for await (const picture of ahead(uris, AT_ONCE, (uri) => pictureAt(uri, own, remote, (source) => samplesOf(source, own)))) {
    const [first = new Uint8Array(0), ...rest] = picture?.parts ?? []
    head.update(`${picture?.facts.size ?? -1} ${first.length} `).update(first)
    for (const part of rest) blocks.update(part)
    facts.push(picture?.facts ?? null)
  }
  const version = versionOf(facts)
  const bytes = facts.reduce((sum, fact) => sum + (fact?.size ?? 0), 0)
  const hashes = { head: head.digest('hex'), blocks: blocks.digest('hex') }
  return { bytes, modified: newest(facts), ...(version === undefined ? {} : { version }), ...hashes }
}

export type Facts = Pick<ByteSource, 'uri' | 'size' | 'modified' | 'version'>

/** Of a source that may be closed, and forgotten. */
export const factsOf = ({ uri, size, modified, version }: ByteSource): Facts => ({
  uri,
  size,
  modified,
  ...(version === undefined ? {} : { version }),
})

export const newest = (files: readonly (Facts | null)[]): number => files.reduce((time, file) => Math.max(time, file?.modified ?? 0), 0)

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

async function samplesOf(source: ByteSource, signal?: AbortSignal) {
  const [[first, last], between] = extentsOf(source.size, SMALL_BLOCK, 2)
  const extents = [first!, ...between, last!].filter(({ length }) => length > 0)
  return { facts: factsOf(source), parts: await Promise.all(extents.map((extent) => readOnce(source, extent, signal))) }
}

/** A picture that cannot be read is that picture's error when it is read, not the set's: it counts as what it is now, null. */
async function pictureAt<T>(
  uri: string,
  signal: AbortSignal | undefined,
  remote: RemoteOptions | undefined,
  look: (source: ByteSource) => Promise<T>,
): Promise<T | null> {
  try {
    const source = await openUri(uri, remote, signal)
    try {
      return await look(source)
    } finally {
      await source.close()
    }
  } catch (error) {
    signal?.throwIfAborted()
    const { code } = error as { readonly code?: unknown }
    if (code === 'SLIDE_MISSING' || code === 'SLIDE_FORBIDDEN' || code === 'SLIDE_UNREADABLE') return null
    throw error instanceof SlideError ? error : fileError(uri, error)
  }
}
