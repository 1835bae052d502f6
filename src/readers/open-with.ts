/** The door to pixels: opens a slide, a plain picture or a set of patches, with whatever readers are given. */

import path from 'node:path'
import { nameIn, schemeOf } from '../core/address.js'
import { onlyGiven } from '../core/argument.js'
import { SlideError, TiastreamError } from '../core/errors.js'
import { whatIs } from '../core/files/what-is.js'
import type { SlideIdentity, SlideInfo, SlideRef } from '../core/slide.js'
import { fourDigits } from '../geometry/round.js'
import { openByChoice } from './by-choice.js'
import type { ByteSource } from './byte-source.js'
import type { Known } from './files/known.js'
import { contextOf, type Found, findReader } from './find-reader.js'
import { refuseFolder } from './foreign.js'
import type { OpenContext, Reader } from './format.js'
import { identify } from './identify.js'
import { identityOf, versionOf } from './identity.js'
import { defaultLimits, type Limits } from './limits.js'
import { type Opened, OpenedSlide } from './slide.js'

export interface OpenOptions {
  /** Decoded tiles kept; default 64 MiB. */
  readonly cacheBytes?: number | undefined
  readonly limits?: { readonly [Name in keyof Limits]?: Limits[Name] | undefined } | undefined
  readonly signal?: AbortSignal | undefined
  /** Where it is known already: the file is not looked at again for it. */
  readonly identity?: SlideIdentity | undefined
  /** Another thread has opened it before: what is not needed at once may wait until it is. */
  readonly again?: boolean | undefined
  /** What that one found out. */
  readonly known?: Known | undefined
  /** Other threads will open it, too: what is found out is noted for them, as `known` of the slide. */
  readonly share?: boolean | undefined
}

const defaultCacheBytes = 64 * 2 ** 20

/** Opens a slide (a path will do), or throws a SlideError that says what it is and why not. The first reader that knows it reads it. Close it when done. */
export async function openWith(readers: readonly Reader[], which: SlideRef | string, options: OpenOptions = {}): Promise<OpenedSlide> {
  const ref = typeof which === 'string' ? refOf(which) : which
  const { cacheBytes = defaultCacheBytes, signal, again = false, known, share = false } = options
  const limits: Limits = { ...defaultLimits, ...onlyGiven(options.limits ?? {}) }
  signal?.throwIfAborted()
  const context = await contextOf({ ref, limits, again, ...(signal === undefined ? {} : { signal }) }, known)
  let close: Opened['close']
  try {
    const { opened, several, identified } = await openRef(context, readers, options.identity === undefined)
    close = opened.close
    const found = share || several ? await context.files.known() : null
    const identity =
      options.identity ??
      (await (identified ??
        (opened.source && !several ? identityOf(opened.source, signal) : identify(ref, readers, signal, { known: found ?? undefined }))))
    if (!several) mustBe(identity, opened.source)
    opened.source?.opened?.()
    context.files.opened()
    return new OpenedSlide(
      ref,
      identity,
      { ...opened, info: withDoubts(opened.info) },
      { uri: context.ref.uri, cacheBytes, limits },
      share ? found : null,
    )
  } catch (error) {
    close?.()
    await context.files.closeAll()
    throw error
  }
}

/** Pixels. Of fewer a rounding is much. */
const FEW = 32

/** Of a level that is shrunk more along one side than along the other, one side is said wrong, or how its tiles overlap. */
function withDoubts(info: SlideInfo): SlideInfo {
  const crooked = info.levels.findIndex(
    ({ width, height, downsample: { x, y } }) => Math.min(width, height) >= FEW && Math.abs(x / y - 1) > 0.05,
  )
  if (crooked < 0) return info
  const { x, y } = info.levels[crooked]!.downsample
  const doubt = `level ${crooked} is ${fourDigits(x)} x ${fourDigits(y)} times smaller than level 0, of which it should have the shape: its pixels may lie beside their place`
  return { ...info, warnings: [...info.warnings, doubt] }
}

interface OpenedRef {
  readonly opened: Opened
  /** It is made of several files: who it is does not follow from its source. */
  readonly several: boolean
  /** Who it is, where that is found out while it is opened. */
  readonly identified?: Promise<SlideIdentity>
}

async function openRef(context: OpenContext, readers: readonly Reader[], wantsIdentity: boolean): Promise<OpenedRef> {
  const { kind, pixels } = context.ref
  if (pixels) return { opened: (await import('./memory/open.js')).open(context.ref, pixels), several: false }
  if (kind === 'set') return { opened: await (await import('./set/open.js')).open(context), several: false }
  return openOne(context, readers, wantsIdentity)
}

/** A slide of no list: named after its file. */
export function refOf(uri: string): SlideRef {
  // The number of a series has no ending.
  const id = schemeOf(uri) === 'dicomweb' ? nameIn(uri) : path.parse(nameIn(uri)).name
  return { kind: 'slide', id, uri, carried: {} }
}

/** On a server the state that is open must be the one that is known: its ETag costs nothing to compare. */
function mustBe(identity: SlideIdentity, source: ByteSource | null): void {
  const version = versionOf([source])
  if (source === null || version === undefined || identity.version === undefined || identity.version === version) return
  throw new SlideError('SLIDE_CHANGED', `${source.uri} has changed since the run began with it`, {
    hint: 'run again when it is written to no more',
  })
}

async function openOne(context: OpenContext, readers: readonly Reader[], wantsIdentity: boolean): Promise<OpenedRef> {
  const { uri } = context.ref
  try {
    const found = await findReader(context, readers)
    const identified = wantsIdentity ? meanwhile(found, context) : undefined
    const opened = (await openByChoice(found, context)) ?? (await openAs(found, context))
    const several = found.reader?.parts !== undefined || opened.source?.files !== undefined
    return { opened, several, ...(several || identified === undefined ? {} : { identified }) }
  } catch (error) {
    if (error instanceof TiastreamError || context.signal?.aborted) throw error
    // Whatever a hostile file makes a parser do, the caller sees a SlideError.
    throw new SlideError('SLIDE_MALFORMED', `${uri} cannot be read: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** Far away its blocks come while its tables do: no round trip more. Nobody hears of them when it cannot be opened. */
function meanwhile(found: Found, { signal }: OpenContext): Promise<SlideIdentity> | undefined {
  if (found.kind === 'folder' || found.reader === undefined || found.reader.parts !== undefined || !found.source.reading?.ahead)
    return undefined
  const identified = identityOf(found.source, signal)
  identified.catch(() => undefined)
  return identified
}

async function openAs(found: Found, context: OpenContext): Promise<Opened> {
  const { uri } = context.ref
  const { reader } = found
  if (found.kind === 'file') {
    if (found.source.size === 0) throw new SlideError('SLIDE_TRUNCATED', `${uri} is empty`, { hint: 'copy it again' })
    if (reader === undefined) throw await unknown(uri, found.head)
    return (await reader.load()).open(found.source, context)
  }
  const openFolder = (await reader?.load())?.openFolder
  return openFolder === undefined ? refuseFolder(uri) : openFolder(found.inside, context)
}

async function unknown(uri: string, head: Uint8Array): Promise<SlideError> {
  const text = Buffer.from(head.subarray(0, 40)).toString('latin1').replace(/\0+$/, '')
  const hex = [...head.subarray(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join(' ')
  const first = /^[\x20-\x7e\s]+$/.test(text) ? JSON.stringify(text) : hex
  const { kind, fact } = await whatIs(uri)
  const seen = ['parquet', 'arrow', 'other'].includes(kind) ? `it ${fact}` : `it begins with ${first}`
  return new SlideError('SLIDE_UNSUPPORTED', `${uri} is no slide or picture we know (${seen})`, {
    hint: 'slides: SVS, NDPI, MRXS, SCN, BIF, CZI, DICOM, OME-TIFF, OME-Zarr, Philips and other TIFF, JP2; pictures: PNG, JPEG, WebP, TIFF',
  })
}
