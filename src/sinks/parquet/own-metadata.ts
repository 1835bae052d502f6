/** What a Parquet file of ours says of itself, where its columns are still those that it was written with. */

import { PipelineError } from '../../core/errors.js'
import { madeAnew } from '../../core/remedies.js'
import { cohortKey, metadataKey, parseMetadata, type TableMetadata } from '../common/metadata.js'
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
  if (!parsed) {
    throw new PipelineError('TABLE_FOREIGN', `${path} was not made by tiastream: it has no '${metadataKey}' metadata that can be read`, {
      hint: 'name a .parquet file of an output folder',
    })
  }
  const problem = layoutProblem(metadata, parsed.columns)
  if (problem) throw new PipelineError('TABLE_FOREIGN', `${path} ${problem}`, { hint: foreignHint })
  return parsed
}

const foreignHint = `another program wrote it anew, or it is damaged: name the table that the run wrote, or ${madeAnew}`
