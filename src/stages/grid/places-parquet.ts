/** Places in Parquet: columns as in CSV, or the outline of each patch (GeoParquet, as LazySlide's tiles are, in WKB or GeoArrow), whose box it is. */

import { type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { packingsIn, pageUnpackers } from '../../codecs/parquet-pages.js'
import { mostPlaces, type Places } from '../../geometry/placed.js'
import type { ByteSource } from '../../readers/byte-source.js'
import { PlaceTable, sayPlaces } from './place-table.js'

const outline = 'geometry'
const box = ['xmin', 'ymin', 'xmax', 'ymax']
/** Rows that are held as objects at a time. */
const together = 65_536
/** Nothing larger is read at once, nor is a page unpacked that says more. */
const largestPart = 2 ** 28

export async function placesInParquet(source: ByteSource, signal: AbortSignal): Promise<Places> {
  const part = async (start: number, end: number) => {
    if (!(end - start <= largestPart)) throw new RangeError(`a part of ${end - start} bytes is too large for places`)
    return Uint8Array.from(await source.read(start, end - start, signal)).buffer
  }
  const slice = (start: number, end = source.size) => {
    const asked = part(start, end)
    // hyparquet asks for many at once, and when one fails never looks at the others.
    asked.catch(() => undefined)
    return asked
  }
  const file = { byteLength: source.size, slice }
  const told = (what: string) => (cause: Error) => {
    signal.throwIfAborted()
    throw new RangeError(`${what}: ${cause.message}`, { cause })
  }
  const metadata: FileMetaData = await parquetMetadataAsync(file).catch(told('it is no whole Parquet file'))
  const names = parquetSchema(metadata).children.map(({ element }) => element.name)
  const isOutlined = names.includes(outline) && !sayPlaces(names)
  const rows = Number(metadata.num_rows)
  if (rows > mostPlaces) throw new RangeError(`it has ${rows} places, and ${mostPlaces} are read`)
  const table = new PlaceTable(isOutlined ? box : names)
  const columns = isOutlined ? [outline] : [...new Set(table.columns.map((at) => names[at]!))]
  const compressors = await pageUnpackers(largestPart, packingsIn(metadata))
  for (let rowStart = 0; rowStart < rows; rowStart += together) {
    const asked = { file, metadata, columns, rowStart, rowEnd: Math.min(rows, rowStart + together), compressors }
    const found = await parquetReadObjects(asked).catch(told('its rows cannot be read'))
    for (const [i, row] of found.entries()) {
      const named = `row ${rowStart + i}`
      const corners = isOutlined ? boxOf(row[outline], named) : []
      table.add(isOutlined ? (at) => corners[at] : (at) => row[names[at]!], named)
    }
  }
  return table.places()
}

/** Of a polygon: left, top, right, bottom. hyparquet decodes WKB to GeoJSON; GeoArrow's is rings alone, of pairs or of `{ x, y }`. */
function boxOf(geometry: unknown, named: string): readonly number[] {
  const rings = Array.isArray(geometry) ? geometry : (geometry as { readonly coordinates?: unknown } | null)?.coordinates
  const ring: unknown = Array.isArray(rings) ? rings[0] : undefined
  if (!Array.isArray(ring) || typeof ring[0] !== 'object') throw new RangeError(`${named} has no polygon for ${outline}`)
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const point of ring) {
    const [x = Number.NaN, y = Number.NaN] = Array.isArray(point) ? point : [point?.x, point?.y]
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return [left, top, right, bottom]
}
