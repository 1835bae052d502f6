/** The geoparquet sink: the table with a polygon in every row. */

import { oneOf, text, whole } from '../../core/options.js'
import type { Column } from '../../core/row.js'
import { defineSink } from '../../core/sink.js'
import { fewerWhereWide, groupBytes, largestGroup } from '../common/group-rows.js'
import { placeProblems } from '../common/place.js'
import { widthProblems } from '../common/vector-width.js'
import { geometry, ownGeometry } from './geometry.js'

const geometryProblems = (columns: readonly Column[]): string[] => {
  const own = ownGeometry(columns)
  return own === undefined ? [] : [`writes a column '${geometry}', and the rows have '${own}': rename it`]
}

const options = {
  file: text().default('{slide}.geo.parquet').describe('Name of the file, below the output folder.'),
  compression: oneOf('snappy', 'gzip', 'none').default('snappy').describe('How pages are compressed.'),
  row_group: whole(1, largestGroup).default(16_384).describe(`Rows of a row group, ${fewerWhereWide}`),
}

export default defineSink({
  name: 'geoparquet',
  summary: 'GeoParquet 1.1: all columns and the patch as a polygon in baseline pixels, without a coordinate system.',
  options,
  file: '{slide}.geo.parquet',
  endings: ['.parquet', '.geoparquet'],
  problems: (_options, { columns }) => [...placeProblems(columns), ...geometryProblems(columns), ...widthProblems(columns)],
  holds: ({ row_group }, plan) => groupBytes(row_group, 3, plan) + row_group * 500,
  examples: ['geoparquet', 'geoparquet: { compression: gzip }'],
  load: () => import('./sink.js'),
  count: () => import('../parquet/count.js'),
})
