/** The slide behind a table, opened again: only when it is still the one that the rows were made from. */

import { recordOf, SlideError } from '../core/errors.js'
import { type Slide, type SlideRef, sameContent } from '../core/slide.js'
import type { SlidePlace } from '../pipeline/store/slide-place.js'
import { openSlide } from '../readers/open.js'
import type { Table } from '../sinks/parquet/read.js'

/** Decoded tiles kept of one slide: what is looked at is looked at from near by, too. */
const cacheBytes = 64 * 1024 ** 2

/** The slide, or the sentence that says why it cannot be had. `place`: where it lies, as its receipt says. Close it. */
export async function pixelsOf({ metadata }: Pick<Table, 'metadata'>, place: SlidePlace): Promise<Slide | string> {
  const { id, kind, identity, readers } = metadata.slide
  const ref: SlideRef = { kind, id, ...place, carried: {}, ...(readers ? { readers } : {}) }
  if (kind === 'set') return 'a set of patches has no pixels of its own'
  try {
    const slide = await openSlide(ref, { cacheBytes })
    if (sameContent(slide.identity, identity)) return slide
    await slide.close()
    return `${place.uri} has changed since the rows were made`
  } catch (error) {
    if (!(error instanceof SlideError)) throw error
    return recordOf(error).message
  }
}
