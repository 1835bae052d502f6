/** Who a slide is, without opening it as a slide: what the next run compares with the receipt. */

import { isAddress } from '../core/address.js'
import type { SlideIdentity, SlideRef } from '../core/slide.js'
import type { Known } from './files/known.js'
import { contextOf, findReader } from './find-reader.js'
import { refuseFolder } from './foreign.js'
import type { Reader } from './format.js'
import { identityOf, identityOfBytes, identityOfSet, stampOfSet } from './identity.js'
import { identityOfFiles } from './identity-of-files.js'
import { defaultLimits } from './limits.js'

/**
 * Of a set, when and as what the file system wrote its pictures: the same as before means the same pictures, within a run, without reading a
 * hundred thousand of them again. Null of anything else, whose identity costs less.
 */
export async function stampOf(ref: SlideRef, signal?: AbortSignal): Promise<string | null> {
  // Nobody else has them.
  if (ref.pixels) return 'memory'
  // What a server has is not asked for twice: its states are who it is.
  if (ref.images?.some(({ uri }) => isAddress(uri))) return null
  return ref.images ? stampOfSet(new Set(ref.images.map(({ uri }) => uri)), signal) : null
}

/**
 * The readers say which slides are made of several files; `known`: what was found out when it was opened. Throws SlideError when the file is missing or
 * may not be read.
 */
export async function identify(ref: SlideRef, readers: readonly Reader[], signal?: AbortSignal, known?: Known): Promise<SlideIdentity> {
  if (ref.pixels) return identityOfBytes(ref.pixels.data, signal)
  if (ref.images)
    return identityOfSet(
      ref.images.map(({ uri }) => uri),
      signal,
      ref.remote,
    )
  const context = await contextOf({ ref, limits: defaultLimits, ...(signal === undefined ? {} : { signal }) }, known)
  try {
    const found = await findReader(context, readers)
    const { reader } = found
    if (found.kind === 'file') {
      const parts = await reader?.parts?.(found.source, context)
      return parts ? await identityOfFiles(context, parts) : await identityOf(found.source, signal)
    }
    if (reader === undefined) return refuseFolder(context.ref.uri)
    const parts = (await reader.parts?.(found.inside, context)) ?? found.inside.flatMap(({ uri, isFolder }) => (isFolder ? [] : [uri]))
    return await identityOfFiles(context, parts)
  } finally {
    await context.files.closeAll()
  }
}
