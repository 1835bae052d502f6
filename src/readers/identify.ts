/** Who a slide is, without opening it as a slide: what the next run compares with the receipt. */

import { isAddress } from '../core/address.js'
import type { SlideIdentity, SlideRef } from '../core/slide.js'
import type { ByteSource } from './byte-source.js'
import type { Known } from './files/known.js'
import { contextOf, findReader } from './find-reader.js'
import { refuseFolder } from './foreign.js'
import type { OpenContext, Reader } from './format.js'
import { identityOf, identityOfBytes, identityOfSet, stampOfSet } from './identity.js'
import { bytesOf, factsOfFiles, identityOfFiles } from './identity-of-files.js'
import { defaultLimits } from './limits.js'

/**
 * Of a set, when and as what the file system wrote its pictures: the same as before means the same pictures, within a run, without reading a
 * hundred thousand of them again. Null of anything else, whose identity costs less.
 */
export async function stampOf(ref: SlideRef, signal?: AbortSignal): Promise<string | null> {
  // Nobody else has them.
  if (ref.pixels) return 'memory'
  // A server says itself in which state each is.
  if (ref.images?.some(({ uri }) => isAddress(uri))) return null
  return ref.images ? stampOfSet(new Set(urisOf(ref.images)), signal) : null
}

export interface Before {
  /** What was found out when it was opened. */
  readonly known?: Known | undefined
  /** Who it was when it was last looked at: a server that has it in the same state has it so still, and it is not read again. */
  readonly before?: SlideIdentity | undefined
}

/** The readers say which slides are made of several files. Throws SlideError when the file is missing or may not be read. */
export async function identify(
  ref: SlideRef,
  readers: readonly Reader[],
  signal?: AbortSignal,
  { known, before }: Before = {},
): Promise<SlideIdentity> {
  if (ref.pixels) return identityOfBytes(ref.pixels.data, signal)
  if (ref.images) return identityOfSet(urisOf(ref.images), signal, ref.remote, before)
  return lookAt(
    { ref, readers, signal, known },
    {
      one: (source) => identityOf(source, signal, before),
      several: (context, parts) => identityOfFiles(context, parts, before),
    },
  )
}

/** Its bytes, with all its files; of a slide far away nothing more is read than says how large it is. Throws as `identify`. */
export async function sizeOf(ref: SlideRef, readers: readonly Reader[], signal?: AbortSignal): Promise<number> {
  // Pictures may be too many to be asked one by one, and are small.
  if (ref.pixels || ref.images) return (await identify(ref, readers, signal)).bytes
  return lookAt(
    { ref, readers, signal },
    {
      one: async ({ size }) => size,
      several: async (context, parts) => bytesOf(await factsOfFiles(context, parts)),
    },
  )
}

const urisOf = (images: NonNullable<SlideRef['images']>) => images.map(({ uri }) => uri)

interface LookedAt extends Pick<Before, 'known'> {
  readonly ref: SlideRef
  readonly readers: readonly Reader[]
  readonly signal: AbortSignal | undefined
}

/** What is asked of a slide of one file, and of one of several. */
interface Look<T> {
  readonly one: (source: ByteSource) => Promise<T>
  readonly several: (context: OpenContext, parts: readonly string[]) => Promise<T>
}

/** The one file of a slide, or all that it is made of. */
async function lookAt<T>({ ref, readers, signal, known }: LookedAt, { one, several }: Look<T>): Promise<T> {
  const context = await contextOf({ ref, limits: defaultLimits, ...(signal === undefined ? {} : { signal }) }, known)
  try {
    const found = await findReader(context, readers)
    const { reader } = found
    if (found.kind === 'file') {
      const parts = await reader?.parts?.(found.source, context)
      return parts ? await several(context, parts) : await one(found.source)
    }
    if (reader === undefined) return refuseFolder(context.ref.uri)
    const parts = (await reader.parts?.(found.inside, context)) ?? found.inside.flatMap(({ uri, isFolder }) => (isFolder ? [] : [uri]))
    return await several(context, parts)
  } finally {
    await context.files.closeAll()
  }
}
