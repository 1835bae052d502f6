/** The slide of a finished table, opened again for its pixels. */

import { SlideError } from '../../core/errors.js'
import { type Slide, sameContent } from '../../core/slide.js'
import type { Reader } from '../../readers/format.js'
import { openWith } from '../../readers/open-with.js'
import type { TableMetadata } from '../../sinks/common/metadata.js'

/** The slide the table is about, where it was or where it is said to be now; another slide is refused. */
export async function openRecorded(
  readers: readonly Reader[],
  { slide: known }: TableMetadata,
  moved: string | undefined,
  signal: AbortSignal,
): Promise<Slide> {
  const uri = moved ?? known.uri
  const measures = { ...(known.mpp ? { mpp: known.mpp.x } : {}), ...(known.power === undefined ? {} : { power: known.power }) }
  const choice = known.readers ? { readers: known.readers } : {}
  const slide = await openWith(readers, { kind: known.kind, id: known.id, uri, carried: {}, ...measures, ...choice }, { signal })
  const { width, height } = slide.info
  if (width === known.width && height === known.height && sameContent(slide.identity, known.identity)) return slide
  await slide.close()
  throw new SlideError('SLIDE_CHANGED', `${uri} is not the slide of the table: it has ${width} x ${height} pixels or other bytes`, {
    hint: `the table is about ${known.uri} with ${known.width} x ${known.height} pixels; name that slide with --slide`,
  })
}
