/** The door to pixels: opens a slide, a plain picture or a set of patches, with whatever readers are given. */

import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { SlideError, TiastreamError } from '../core/errors.js'
import type { Slide, SlideIdentity, SlideRef } from '../core/slide.js'
import { whatIs } from '../core/what-is.js'
import { type ByteSource, fileError, openFile } from './byte-source.js'
import { foreignFolders } from './foreign.js'
import type { OpenContext, Reader } from './format.js'
import { identify } from './identify.js'
import { identityOf } from './identity.js'
import { defaultLimits, type Limits } from './limits.js'
import { type Opened, OpenedSlide } from './slide.js'

export interface OpenOptions {
  /** Decoded tiles kept; default 64 MiB. */
  readonly cacheBytes?: number
  readonly limits?: Partial<Limits>
  readonly signal?: AbortSignal
  /** Where it is known already: the file is not looked at again for it. */
  readonly identity?: SlideIdentity
}

export const defaultCacheBytes = 64 * 2 ** 20

/** Enough for every magic number; DICOM's lies at byte 128. */
const HEAD = 256

/** Opens a slide (a path will do), or throws a SlideError that says what it is and why not. The first reader that knows it reads it. Close it when done. */
export async function openWith(readers: readonly Reader[], which: SlideRef | string, options: OpenOptions = {}): Promise<Slide> {
  const ref = typeof which === 'string' ? refOf(which) : which
  const { cacheBytes = defaultCacheBytes, signal } = options
  const limits = { ...defaultLimits, ...options.limits }
  const context: OpenContext = { ref, limits, ...(signal === undefined ? {} : { signal }) }
  signal?.throwIfAborted()
  const opened = await openRef(context, readers)
  try {
    const identity = options.identity ?? (await (opened.source ? identityOf(opened.source, signal) : identify(ref, signal)))
    return new OpenedSlide(ref, identity, opened, { uri: ref.uri, cacheBytes, limits })
  } catch (error) {
    await opened.source?.close()
    throw error
  }
}

async function openRef(context: OpenContext, readers: readonly Reader[]): Promise<Opened> {
  const { kind, pixels } = context.ref
  if (pixels) return (await import('./memory/open.js')).open(context.ref, pixels)
  return kind === 'set' ? (await import('./set/open.js')).open(context) : openOne(context, readers)
}

/** A slide of no list: named after its file. */
function refOf(uri: string): SlideRef {
  return { kind: 'slide', id: path.parse(uri).name, uri, carried: {} }
}

async function openOne(context: OpenContext, readers: readonly Reader[]): Promise<Opened> {
  const { uri } = context.ref
  await refuseFolder(uri)
  const source = await openFile(uri)
  try {
    return await openAs(source, context, readers)
  } catch (error) {
    await source.close()
    if (error instanceof TiastreamError || context.signal?.aborted) throw error
    // Whatever a hostile file makes a parser do, the caller sees a SlideError.
    throw new SlideError('SLIDE_MALFORMED', `${uri} cannot be read: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

async function openAs(source: ByteSource, context: OpenContext, readers: readonly Reader[]): Promise<Opened> {
  const { uri, size } = source
  if (size === 0) throw new SlideError('SLIDE_TRUNCATED', `${uri} is empty`, { hint: 'copy it again' })
  const head = await source.read(0, Math.min(HEAD, size), context.signal)
  const reader = readers.find((one) => one.is(head, uri))
  if (reader === undefined) {
    const first = [...head.subarray(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join(' ')
    const { kind, fact } = await whatIs(uri)
    const seen = ['parquet', 'arrow', 'other'].includes(kind) ? `it ${fact}` : `it begins with ${first}`
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is no slide or picture we know (${seen})`, {
      hint: 'slides: Aperio SVS, OME-TIFF, tiled TIFF; pictures: PNG, JPEG, WebP, TIFF',
    })
  }
  return (await reader.load()).open(source, context)
}

async function refuseFolder(uri: string): Promise<void> {
  const facts = await stat(uri).catch((cause: unknown) => {
    throw fileError(uri, cause)
  })
  if (!facts.isDirectory()) return
  const inside = await readdir(uri).catch((cause: unknown) => {
    throw fileError(uri, cause)
  })
  const mark = inside.find((name) => Object.hasOwn(foreignFolders, name))
  const dicom = inside.some((name) => /\.dcm$/i.test(name))
  const name = mark !== undefined ? foreignFolders[mark]! : dicom ? 'a DICOM series' : 'a folder'
  throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is ${name}, which is not read`, {
    hint: 'name a file: SVS, OME-TIFF, TIFF, PNG or JPEG',
  })
}
