/** Who a slide is, without opening it as a slide: what the next run compares with the receipt. */

import type { SlideIdentity, SlideRef } from '../core/slide.js'
import { openFile } from './byte-source.js'
import { identityOf, identityOfSet } from './identity.js'

/** Throws SlideError when the file is missing or may not be read. */
export async function identify(ref: SlideRef, signal?: AbortSignal): Promise<SlideIdentity> {
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
