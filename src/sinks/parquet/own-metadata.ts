/** What a Parquet file of ours says of itself, where its columns are still those that it was written with. */

import type { FileMetaData } from 'hyparquet'
import { PipelineError } from '../../core/errors.js'
import { writtenAnew } from '../../core/text/remedies.js'
import { cohortKey, metadataKey, parseMetadata, type TableMetadata } from '../common/metadata.js'
import { withoutMetadata } from '../common/without-metadata.js'
import { layoutProblem } from './layout.js'
import type { ParquetFile } from './open.js'

/** Throws TABLE_FOREIGN. */
export function metadataOfFile({ path, metadata }: ParquetFile): TableMetadata {
  const written = metadata.key_value_metadata?.find(({ key }) => key === metadataKey)?.value
  const parsed = written === undefined ? null : parseMetadata(written)
  if (!parsed && metadata.key_value_metadata?.some(({ key }) => key === cohortKey)) {
    throw new PipelineError('TABLE_FOREIGN', `${path} speaks of many slides, and a table here is that of one`, {
      hint: 'name a .parquet file of rows/; the files of a cohort are for DuckDB, polars, pyarrow and others',
    })
  }
  if (!parsed)
    throw withoutMetadata(
      path,
      metadata.schema.map(({ name }) => name),
      '.parquet',
    )
  if (metadata.key_value_metadata?.some(({ key }) => key === 'geo')) {
    throw new PipelineError('TABLE_FOREIGN', `${path} is a GeoParquet, and a table here has no polygons`, {
      hint: 'name the .parquet file of the same slide that the sink parquet wrote; GeoParquet is for DuckDB, GeoPandas, QGIS and others',
    })
  }
  const problem = layoutProblem(metadata, parsed.columns)
  if (problem) throw new PipelineError('TABLE_FOREIGN', `${path} ${problem}`, { hint: writtenAnew })
  const other = otherSlide(metadata, parsed)
  if (other === undefined) return parsed
  throw new PipelineError('TABLE_FOREIGN', `${path} holds rows of the slide '${other}', and its metadata is that of '${parsed.slide.id}'`, {
    hint: 'another program joined tables of several slides: name those that the runs wrote, or split it by slide',
  })
}

/** Longer bounds may have been shortened. */
const wholeBound = 63

/** A slide that rows are of besides its own, by the bounds of another writer: who joins tables keeps the metadata of the first. In our own the `rows` stage may say anything. */
function otherSlide({ created_by: writer = '', row_groups: groups }: FileMetaData, { slide: { id } }: TableMetadata): string | undefined {
  if (writer === '' || writer.startsWith('tiastream')) return undefined
  const bounds = groups.flatMap(({ columns }) => {
    const { statistics } = columns.find(({ meta_data: column }) => column?.path_in_schema[0] === 'slide')?.meta_data ?? {}
    return [statistics?.min_value, statistics?.max_value]
  })
  return bounds.find((bound): bound is string => typeof bound === 'string' && bound !== id && bound.length <= wholeBound)
}
