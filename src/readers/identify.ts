/** Who a slide is, without opening it as a slide: what the next run compares with the receipt. */

import type { SlideIdentity, SlideRef } from '../core/slide.js'
import { openFile } from './byte-source.js'
import { identityOf, identityOfBytes, identityOfSet, stampOfSet } from './identity.js'

/**
 * Of a set, when and as what the file system wrote its pictures: the same as before means the same pictures, within a run, without reading a
 * hundred thousand of them again. Null of anything else, whose identity costs less.
 */
export async function stampOf(ref: SlideRef, signal?: AbortSignal): Promise<string | null> {
  // Nobody else has them.
  if (ref.pixels) return 'memory'
  return ref.images ? stampOfSet(new Set(ref.images.map(({ uri }) => uri)), signal) : null
}

/** Throws SlideError when the file is missing or may not be read. */
export async function identify(ref: SlideRef, signal?: AbortSignal): Promise<SlideIdentity> {
  if (ref.pixels) return identityOfBytes(ref.pixels.data, signal)
  if (ref.images)
    return identityOfSet(
      ref.images.map(({ uri }) => uri),
      signal,
    )
  const source = await openFile(ref.uri)
  try {
    return await identityOf(source, signal)
  } finally {
    await source.close()
  }
}
