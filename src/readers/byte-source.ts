/**
 * Bytes of a file at any place. A short read is an error, an abort is honoured, and many small ranges become few large ones.
 * A remote source can stand behind the same interface.
 */

import { type FileHandle, open, stat } from 'node:fs/promises'
import { instead } from '../core/address.js'
import { moreHandles, SlideError } from '../core/errors.js'
import { systemCode, systemMessage } from '../core/files/system-error.js'
import { whenFree } from '../flow/file-handles.js'
import { type ReadNow, readNow } from './read-now.js'

export interface Extent {
  readonly offset: number
  readonly length: number
}

/** Bytes of a file from a place on. */
export interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** What is known of a file before it is opened, because another thread has. */
export interface KnownFile {
  readonly size: number
  readonly modified: number
  /** Null when the server has none. */
  readonly etag: string | null
  /** What stands in its ETag, also in one that is no more than weak. */
  readonly tag?: string
  readonly pieces: readonly Piece[]
}

/** How a source is best read: what a wait costs there, against what a byte does. */
export interface Reading {
  /** Ranges in flight at once, besides the one whose bytes are at work … */
  readonly window: number
  /** … and their bytes; one range is in any case. */
  readonly inFlight: number
  /** Two ranges are read as one when no more than this lies between them … */
  readonly gap: number
  /** … both together are no longer than this … */
  readonly longest: number
  /** … and of what is read then, no more than this share is needed by nobody. */
  readonly waste: number
  /** Waits are long: what will be read next is fetched ahead. */
  readonly ahead: boolean
}

const KiB = 1024
const MiB = 1024 * KiB

/** A file of this machine: the next range comes while this one is decoded, and of small ones (restart intervals) a few, since each costs a wait. */
export const fromDisk: Reading = {
  window: 4,
  inFlight: MiB,
  gap: 64 * KiB,
  longest: MiB,
  waste: Number.POSITIVE_INFINITY,
  ahead: false,
}
/** A server: waits of 10 to 100 ms, which are hidden where 16 ranges are on their way. One 30 ms away sends 4 MB meanwhile over 1 Gbit/s. */
export const fromAfar: Reading = { window: 16, inFlight: 8 * MiB, gap: 256 * KiB, longest: 2 * MiB, waste: 0.05, ahead: true }

export interface ByteSource {
  readonly uri: string
  readonly size: number
  /** Milliseconds since 1970; 0 where nobody says. */
  readonly modified: number
  /** The files that it is made of, one behind the other as `joinedSource` has them; absent: it is one file. */
  readonly files?: readonly ByteSource[]
  /** What a server calls this state of the file, where it does: its strong ETag. Who the file is follows from its content all the same. */
  readonly version?: string
  /** Absent: as a file of this machine. */
  readonly reading?: Reading
  /** Exactly `length` bytes; SLIDE_TRUNCATED when the file ends before. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /** The same of bytes that are asked for once: they are not kept for whoever opens the slide. Absent: as `read`. */
  readOnce?(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /** Bytes that will be read soon, as they are named here: where waits are long they come meanwhile. Absent: they need not. */
  soon?(offset: number, length: number, signal?: AbortSignal): void
  /** What was found out as it was opened, of a file far away; asked before `opened`. */
  known?(): Promise<KnownFile>
  /** The slide is open: what was kept for the many small reads of opening is let go. */
  opened?(): void
  close(): Promise<void>
}

export async function openFile(uri: string): Promise<ByteSource> {
  let handle: FileHandle
  try {
    // Asked before it is opened: opening a named pipe waits until somebody writes into it.
    const facts = await stat(uri)
    if (!facts.isFile() && !facts.isDirectory()) throw new Error('it is a pipe, a socket or a device, not a file')
    handle = await whenFree(() => open(uri, 'r'))
  } catch (cause) {
    throw fileError(uri, cause)
  }
  try {
    const { size, mtimeMs } = await handle.stat()
    return new FileSource(uri, handle, size, mtimeMs)
  } catch (cause) {
    await handle.close()
    throw fileError(uri, cause)
  }
}

/** Reads of a file from which on it is worth while to load what makes them cheap. */
const MANY_READS = 64
/** Milliseconds. */
const LONGEST_WITHOUT_A_WAIT = 10

class FileSource implements ByteSource {
  readonly uri: string
  readonly size: number
  readonly modified: number
  readonly #handle: FileHandle
  #reads = 0
  #waited = 0
  #readNow: ReadNow | null | undefined

  constructor(uri: string, handle: FileHandle, size: number, modified: number) {
    this.uri = uri
    this.size = size
    this.modified = modified
    this.#handle = handle
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted()
    if (offset + length > this.size) throw truncated(this.uri, offset, length, this.size)
    const { bytes, came } = this.#now(offset, length) ?? { bytes: Buffer.allocUnsafe(length), came: 0 }
    for (let done = came; done < length; ) {
      const reading = this.#handle.read(bytes, done, length - done, offset + done).catch((cause: unknown) => {
        throw fileError(this.uri, cause)
      })
      const { bytesRead } = await orAbort(reading, signal)
      if (bytesRead === 0) throw truncated(this.uri, offset, length, offset + done)
      done += bytesRead
      this.#waited = performance.now()
    }
    return bytes
  }

  /** What is had of these bytes without waiting. Now and then all are waited for, so that this thread hears of what else there is. */
  #now(offset: number, length: number): ReturnType<ReadNow> | undefined {
    if (performance.now() - this.#waited > LONGEST_WITHOUT_A_WAIT) return undefined
    if (this.#readNow !== undefined) return this.#readNow?.(this.#handle.fd, offset, length)
    // Opening a slide is a few reads, for which nothing is loaded.
    if (++this.#reads === MANY_READS)
      void readNow().then((found) => {
        this.#readNow = found
      })
    return undefined
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** A file system that never answers must not hold up who was told to stop. The bytes belong to this read alone, so it may end later. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop)
  })
  work.catch(() => undefined)
  try {
    const done = await Promise.race([work, aborted])
    signal.throwIfAborted()
    return done
  } finally {
    signal.removeEventListener('abort', stop!)
  }
}

export function truncated(uri: string, offset: number, length: number, size: number): SlideError {
  return new SlideError('SLIDE_TRUNCATED', `${uri} ends at byte ${size}, but bytes ${offset} to ${offset + length} are needed`, {
    hint: 'the file is incomplete: copy it again',
  })
}

/** What the file system says, as an error that tells who can act. */
export function fileError(uri: string, cause: unknown): SlideError {
  const code = systemCode(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const hint = instead(uri)
    return new SlideError('SLIDE_MISSING', `${uri} does not exist`, { ...(hint === undefined ? {} : { hint }), cause })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new SlideError('SLIDE_FORBIDDEN', `${uri} may not be read: permission denied`, {
      hint: 'give this user the right to read it',
      cause,
    })
  }
  if (code === 'EMFILE' || code === 'ENFILE')
    return new SlideError('TOO_MANY_FILES', `${uri} cannot be opened: too many files are open (${code})`, { hint: moreHandles, cause })
  const what = code === 'EISDIR' ? 'it is a folder, not a file' : systemMessage(cause)
  return new SlideError('SLIDE_UNREADABLE', `${uri} cannot be read: ${what}`, { cause })
}

export interface Range<T extends Extent> extends Extent {
  readonly parts: readonly T[]
}

/** Merges extents into ranges, in the order of the file. */
export function coalesce<T extends Extent>(
  extents: readonly T[],
  { gap, longest, waste }: Pick<Reading, 'gap' | 'longest' | 'waste'> = fromDisk,
): Range<T>[] {
  const sorted = [...extents].sort((a, b) => a.offset - b.offset)
  const ranges: { offset: number; length: number; wasted: number; parts: T[] }[] = []
  for (const extent of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined) {
      const between = extent.offset - (last.offset + last.length)
      const length = Math.max(last.length, extent.offset + extent.length - last.offset)
      const wasted = last.wasted + Math.max(0, between)
      if (between <= gap && extent.offset + extent.length - last.offset <= longest && wasted <= waste * length) {
        Object.assign(last, { length, wasted })
        last.parts.push(extent)
        continue
      }
    }
    ranges.push({ offset: extent.offset, length: extent.length, wasted: 0, parts: [extent] })
  }
  return ranges
}
