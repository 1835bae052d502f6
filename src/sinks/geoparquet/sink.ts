/** Opens the geoparquet sink: Parquet with a WKB column and the `geo` metadata that makes it GeoParquet. */

import type { Writable } from 'node:stream'
import { SinkError } from '../../core/errors.js'
import { sameName } from '../../core/plain-name.js'
import type { Column, Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { OutputFile } from '../common/file.js'
import { regionOf, requirePlace } from '../common/place.js'
import { rowSink } from '../common/row-sink.js'
import { rectangleWkb } from '../common/wkb.js'
import { groupRows } from '../parquet/group-rows.js'
import { encoder } from '../parquet/hyparquet.js'
import { columnData, schemaOf } from '../parquet/schema.js'

export interface GeoparquetOptions {
  readonly compression: 'snappy' | 'gzip' | 'none'
  readonly row_group: number
}

const geometry = 'geometry'
const shape = { dictionary: 'auto', embeddings: 'list' } as const

export default async function openGeoparquet({ compression, row_group }: GeoparquetOptions, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { columns, path } = context
  const own = columns.find(({ name }) => sameName(name) === geometry)
  if (own) {
    throw new SinkError('ROW_INVALID', `${path} cannot be written: the rows have a column '${own.name}' of their own`, {
      hint: 'rename it in a rows: stage',
    })
  }
  const [root, ...elements] = schemaOf(columns, shape.embeddings)
  const schema = [
    { ...root!, num_children: columns.length + 1 },
    ...elements,
    { name: geometry, type: 'BYTE_ARRAY' as const, repetition_type: 'REQUIRED' as const },
  ]
  const file = await OutputFile.open(path)
  const { group, footer } = encoder(file, schema, compression, context)
  const box = new Box()
  let first = 0
  return rowSink({
    columns,
    every: groupRows(row_group, columns),
    async write(rows) {
      const data = columns.map((column: Column) => columnData(column, rows, first, shape))
      const polygons = rows.map((row: Row) => {
        const region = regionOf(row)
        box.add(region.x, region.y, region.x + region.width, region.y + region.height)
        return rectangleWkb(region)
      })
      await group([...data, { name: geometry, data: polygons, encoding: 'PLAIN', statistics: false }], rows.length)
      first += rows.length
    },
    async finish() {
      await footer([{ key: 'geo', value: JSON.stringify(geoOf(box)) }])
      await file.finish()
    },
    close: () => file.close(),
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
