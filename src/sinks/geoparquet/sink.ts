/** Opens the geoparquet sink: Parquet with a WKB column and the `geo` metadata that makes it GeoParquet. */

import type { Writable } from 'node:stream'
import type { Batch } from '../../core/batch.js'
import { SinkError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import type { Region } from '../../geometry/region.js'
import { batchSink } from '../common/batch-sink.js'
import { OutputFile } from '../common/file.js'
import { groupRows } from '../common/group-rows.js'
import { namedReaders } from '../common/named-readers.js'
import { regionsIn, requirePlace } from '../common/place.js'
import { rectanglesWkb } from '../common/wkb.js'
import { encoder } from '../parquet/hyparquet.js'
import { geometry, ownGeometry } from './geometry.js'

export interface GeoparquetOptions {
  readonly compression: 'snappy' | 'gzip' | 'none'
  readonly row_group: number
}

export default async function openGeoparquet({ compression, row_group }: GeoparquetOptions, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { columns, path } = context
  const own = ownGeometry(columns)
  if (own !== undefined) {
    throw new SinkError('ROW_INVALID', `${path} cannot be written: the rows have a column '${own}' of their own`, {
      hint: 'rename it in a rows: stage',
    })
  }
  const file = await OutputFile.open(path)
  const box = new Box()
  const polygons = {
    name: geometry,
    of: (pieces: readonly Batch[]) => rectanglesWkb(pieces.flatMap((batch) => boxedRegions(columns, batch, box))),
  }
  const { group, footer } = encoder(file, { compression, dictionary: 'auto', embeddings: 'list' }, context, polygons)
  return batchSink({
    every: groupRows(row_group, columns),
    write: group,
    async finish() {
      await footer([{ key: 'geo', value: JSON.stringify(geoOf(box)) }])
      await file.finish()
    },
    close: () => file.close(),
  })
}

/** The regions of the patches, each added to the box of all. */
function boxedRegions(columns: readonly Column[], batch: Batch, box: Box): Region[] {
  const region = regionsIn(namedReaders(columns, batch))
  return Array.from({ length: batch.length }, (_, i) => {
    const { x, y, width, height } = region(i)
    box.add(x, y, x + width, y + height)
    return { x, y, width, height }
  })
}

class Box {
  min: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  max: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]

  add(x0: number, y0: number, x1: number, y1: number): void {
    this.min = [Math.min(this.min[0], x0), Math.min(this.min[1], y0)]
    this.max = [Math.max(this.max[0], x1), Math.max(this.max[1], y1)]
  }
}

/** `crs` must be null for pixels: where it is absent, readers take longitude and latitude. */
function geoOf({ min, max }: Box): object {
  const bbox = Number.isFinite(min[0]) ? { bbox: [...min, ...max] } : {}
  const column = { encoding: 'WKB', geometry_types: ['Polygon'], crs: null, edges: 'planar', ...bbox }
  return { version: '1.1.0', primary_column: geometry, columns: { [geometry]: column } }
}
