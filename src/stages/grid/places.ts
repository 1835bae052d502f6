/**
 * Where others laid their patches: top left corners in baseline pixels, of one slide. A CSV list (wsinfer's, our own, any with x and y), or
 * HDF5 with `coords` (CLAM, TRIDENT, wsinfer, AtlasPatch).
 */

import { withoutSecrets } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import type { Tell } from '../../core/events.js'
import type { Slide } from '../../core/slide.js'
import { baselineSize, type Places } from '../../geometry/placed.js'
import type { Size } from '../../geometry/region.js'
import type { Scale } from '../../geometry/resolution.js'
import { openUri } from '../../readers/files/by-scheme.js'
import { begins } from '../../readers/format.js'
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

/** Throws SlideError. */
export async function readPlaces(file: string, slide: Slide, { patch, scale, signal, tell }: PlacesFor): Promise<Places> {
  const shown = withoutSecrets(file)
  try {
    const places = await placesIn(file, slide, signal)
    for (const what of mustFit(places, baselineSize(patch, scale), slide.info))
      tell({ type: 'warning', code: 'PLACES_ODD', message: `places ${shown} of ${slide.info.uri}: ${what}` })
    return places
  } catch (cause) {
    signal.throwIfAborted()
    const missing = cause instanceof SlideError && cause.code === 'SLIDE_MISSING'
    const why = missing ? 'are not there' : `cannot be used: ${(cause as Error).message}`
    throw new SlideError(missing ? 'PLACES_MISSING' : 'PLACES_UNREADABLE', `places ${shown} of ${slide.info.uri} ${why}`, {
      hint: 'places are a CSV list with columns x and y, or HDF5 with coords (CLAM, TRIDENT): top left corners, in baseline pixels',
      at: { slide: slide.ref.id, stage: 'grid' },
      cause,
    })
  }
}

async function placesIn(file: string, { ref }: Slide, signal: AbortSignal): Promise<Places> {
  const source = await openUri(file, ref.remote, signal)
  try {
    const head = await source.read(0, Math.min(8, source.size), signal)
    if (begins(head, 'HDF', 1)) return await (await import('./places-hdf5.js')).placesInHdf5(file)
    if (begins(head, 'PK') || begins(head, [0x1f, 0x8b]))
      throw new RangeError('it is packed: save its places as CSV with the columns x and y')
    if (source.size > mostBytes) throw new RangeError(`${source.size} bytes are too many for a list of places`)
    return placesInCsv(new TextDecoder().decode(await source.read(0, source.size, signal)))
  } finally {
    await source.close()
  }
}
