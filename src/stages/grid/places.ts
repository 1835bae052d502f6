/**
 * Where others laid their patches: top left corners in baseline pixels, of one slide. A CSV list (wsinfer's, our own, any with x and y), or
 * HDF5 with `coords` (CLAM, TRIDENT, wsinfer, AtlasPatch).
 */

import type { Tell } from '../../core/events.js'
import type { Slide } from '../../core/slide.js'
import { baselineSize } from '../../geometry/grid.js'
import type { Places } from '../../geometry/placed.js'
import type { Size } from '../../geometry/region.js'
import type { Scale } from '../../geometry/resolution.js'
import type { ByteSource } from '../../readers/byte-source.js'
import { begins } from '../../readers/format.js'
import { namedFile, readSlideFile, type SlideFile } from '../slide-file.js'
import { mustFit } from './fit-places.js'
import { placesInCsv } from './places-csv.js'

const mostBytes = 2 ** 28

interface PlacesFor {
  /** Of the pipeline, at its resolution. */
  readonly patch: Size
  readonly scale: Scale
  readonly signal: AbortSignal
  readonly tell: Tell
}

const placesFile: SlideFile = {
  stage: 'grid',
  missing: { code: 'PLACES_MISSING', why: 'are not there' },
  unreadable: { code: 'PLACES_UNREADABLE' },
  hint: 'places are a CSV list with columns x and y, or HDF5 with coords (CLAM, TRIDENT): top left corners, in baseline pixels',
}

/** Throws SlideError. */
export function readPlaces(file: string, slide: Slide, { patch, scale, signal, tell }: PlacesFor): Promise<Places> {
  const named = namedFile('places', file, slide)
  return readSlideFile(file, slide, named, placesFile, signal, async (source) => {
    const places = await placesIn(file, source, signal)
    for (const what of mustFit(places, baselineSize(patch, scale), slide.info))
      tell({ type: 'warning', code: 'PLACES_ODD', message: `${named}: ${what}` })
    return places
  })
}

async function placesIn(file: string, source: ByteSource, signal: AbortSignal): Promise<Places> {
  const head = await source.read(0, Math.min(8, source.size), signal)
  if (begins(head, 'HDF', 1)) return (await import('./places-hdf5.js')).placesInHdf5(file)
  if (begins(head, 'PK') || begins(head, [0x1f, 0x8b]))
    throw new RangeError('it is packed: save its places as CSV with the columns x and y')
  if (source.size > mostBytes) throw new RangeError(`${source.size} bytes are too many for a list of places`)
  return placesInCsv(await source.read(0, source.size, signal))
}
