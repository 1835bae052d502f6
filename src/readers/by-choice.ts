/** Whether OpenSlide reads a slide instead of a reader of tiastream: as the ref of the slide says. */

import { isAddress } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { Found } from './find-reader.js'
import { isForeign, isOfOpenSlide } from './foreign.js'
import type { OpenContext } from './format.js'
import type { Opened } from './slide.js'

/** Opened by OpenSlide, where it is asked for and knows the file; else null. It reads files alone, whole slides alone. */
export async function openByChoice(found: Found, context: OpenContext): Promise<Opened | null> {
  const { uri, kind, readers } = context.ref
  const choice = readers?.openslide ?? 'never'
  const unread = found.reader === undefined || isForeign(found.reader)
  if (choice === 'never' || (choice === 'auto' && !unread)) return null
  if (found.kind !== 'file' || kind !== 'slide' || isAddress(uri)) return null
  // A slide that names files elsewhere is refused before anybody opens them.
  if (found.reader !== undefined && unread) await found.reader.parts?.(found.source, context)
  try {
    return await (await import('./openslide/open.js')).openByOpenSlide(found.source, context)
  } catch (error) {
    // Where it is no more than a try, the file is refused by its own name.
    const isTry = choice === 'auto' && (found.reader === undefined || !isOfOpenSlide(found.reader))
    if (isTry && error instanceof SlideError && error.code === 'READER_MISSING') return null
    throw error
  }
}
