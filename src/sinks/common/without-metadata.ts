/** A table that does not say what made it: of another program, or ours, written anew by one that leaves that out. */

import { PipelineError } from '../../core/errors.js'
import { metadataKey } from './metadata.js'

/** TABLE_FOREIGN, by the names of its columns. `ending`: of a table of ours. */
export function withoutMetadata(path: string, names: readonly string[], ending: '.parquet' | '.arrow'): PipelineError {
  if (['slide', 'index', 'status'].every((ours) => names.includes(ours)))
    return new PipelineError(
      'TABLE_FOREIGN',
      `${path} has columns of tiastream, but not its metadata, which says of what run and slide they are`,
      {
        hint: 'pandas, polars and DuckDB leave it out of what they write; pyarrow keeps it: pq.write_table(pq.read_table(file).filter(…), other)',
      },
    )
  return new PipelineError('TABLE_FOREIGN', `${path} was not made by tiastream: it has no '${metadataKey}' metadata that can be read`, {
    hint: `name a ${ending} file of an output folder`,
  })
}
