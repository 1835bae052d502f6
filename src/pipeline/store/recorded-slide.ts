/** The slide of a finished table, opened again for its pixels. */

import { isAddress } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { type Slide, sameContent } from '../../core/slide.js'
import type { Reader } from '../../readers/format.js'
import { openWith } from '../../readers/open-with.js'
import type { TableMetadata } from '../../sinks/common/metadata.js'
import type { SlidePlace } from './slide-place.js'

/** The slide the table is about; another one is refused. `place`: where it lies, as `slidePlace` says it or a person; null where nobody knows. */
export async function openRecorded(
  readers: readonly Reader[],
  { slide: known }: TableMetadata,
  place: SlidePlace | null,
  signal: AbortSignal,
): Promise<Slide> {
  if (place === null)
    throw new SlideError('SLIDE_MISSING', `where ${known.id} lies is not known: its table is in no output that has a receipt of it`, {
      hint: `name the slide with --slide${known.name === undefined ? '' : ` (it was called ${known.name})`}`,
    })
  // A person gives one number for both axes: two that differ are the file's own.
  const mpp = known.mpp?.x === known.mpp?.y ? known.mpp?.x : undefined
  const measures = { ...(mpp === undefined ? {} : { mpp }), ...(known.power === undefined ? {} : { power: known.power }) }
  const choice = known.readers ? { readers: known.readers } : {}
  const ref = { kind: known.kind, id: known.id, ...place, carried: {}, ...measures, ...choice }
  const slide = await openWith(readers, ref, { signal }).catch((error: unknown) => {
    throw withWay(error, place)
  })
  const { width, height } = slide.info
  if (width === known.width && height === known.height && sameContent(slide.identity, known.identity)) return slide
  await slide.close()
  throw new SlideError('SLIDE_CHANGED', `${place.uri} is not the slide of the table: it has ${width} x ${height} pixels or other bytes`, {
    hint: `the table is about ${known.uri ?? known.name ?? known.id} with ${known.width} x ${known.height} pixels; name that slide with --slide`,
  })
}

/** Where nothing is (any more), or nobody is let in: what signed an address is written nowhere, and a slide may have moved. */
function withWay(error: unknown, { uri }: SlidePlace): unknown {
  if (!(error instanceof SlideError && ['SLIDE_MISSING', 'SLIDE_FORBIDDEN'].includes(error.code))) return error
  const way = isAddress(uri)
    ? 'name it with --slide, signed anew where its address was signed'
    : 'name the slide with --slide where it has moved'
  const hint = error.hint === undefined ? way : `${error.hint}; or ${way}`
  return new SlideError(error.code, error.message, { hint, cause: error.cause ?? error, ...(error.at ? { at: error.at } : {}) })
}
