/**
 * Where others laid their patches: top left corners in baseline pixels, of one slide. A CSV list or Parquet (wsinfer's, our own, any with x and
 * y, slideflow's middles, LazySlide's outlines), or HDF5 with `coords` (CLAM, TRIDENT, wsinfer, AtlasPatch).
 */

import { isAddress } from '../../core/address.js'
import { encodingOf } from '../../core/csv/encoding.js'
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
  hint: 'places are CSV or Parquet with columns x and y, or HDF5 with coords (CLAM, TRIDENT): top left corners, in baseline pixels',
}

/** Throws SlideError. */
export function readPlaces(file: string, slide: Slide, { patch, scale, signal, tell }: PlacesFor): Promise<Places> {
  const named = namedFile('places', file, slide)
  return readSlideFile({ file, slide, named, kind: placesFile, signal }, async (source) => {
    const size = baselineSize(patch, scale)
    const places = cornersOf(await placesIn(file, source, signal), size)
    for (const what of mustFit(places, size, slide.info)) tell({ type: 'warning', code: 'PLACES_ODD', message: `${named}: ${what}` })
    return places
  })
}

/** Of middles, the corners of patches of that size. */
function cornersOf(places: Places, { width, height }: Size): Places {
  if (!places.centred) return places
  return { ...places, x: places.x.map((x) => x - width / 2), y: places.y.map((y) => y - height / 2) }
}

/** What is no list, by its first bytes, and what to do. */
const others: readonly (readonly [begin: string | readonly number[], what: string])[] = [
  ['PK', 'it is packed: save its places as CSV with the columns x and y'],
  [[0x1f, 0x8b], 'it is packed: save its places as CSV with the columns x and y'],
  ['ARROW1', 'it is Arrow: save its places as Parquet or CSV'],
  [[0x93, 0x4e, 0x55, 0x4d], 'it is an array of NumPy: save its places as CSV with the columns x and y'],
  ['{', 'it is JSON: save its places as CSV with the columns x and y, or give outlines to mask: { file: … }'],
  ['[', 'it is JSON: save its places as CSV with the columns x and y, or give outlines to mask: { file: … }'],
]

async function placesIn(file: string, source: ByteSource, signal: AbortSignal): Promise<Places> {
  const head = await source.read(0, Math.min(256, source.size), signal)
  if (begins(head, 'HDF', 1)) {
    const { fetchedHdf5, placesInHdf5 } = await import('./places-hdf5.js')
    return isAddress(file) ? fetchedHdf5(source, signal) : placesInHdf5(file)
  }
  if (begins(head, 'PAR1')) return (await import('./places-parquet.js')).placesInParquet(source, signal)
  const other = others.find(([begin]) => begins(head, begin))?.[1]
  if (other !== undefined) throw new RangeError(other)
  if (encodingOf(head) === 'utf-8' && head.includes(0)) throw new RangeError('it is no text, and of no known format')
  if (source.size > mostBytes) throw new RangeError(`${source.size} bytes are too many for a list of places`)
  return placesInCsv(await source.read(0, source.size, signal))
}
