/** A table of results, of either format, as the batches it was written from. */

import { isAddress } from '../core/address.js'
import { pathGiven } from '../core/argument.js'
import type { Batch } from '../core/batch.js'
import { rowsIn } from '../core/batches/batches-of.js'
import { PipelineError } from '../core/errors.js'
import { tableAt, whatIs } from '../core/files/what-is.js'
import type { Column, Row } from '../core/row.js'
import type { Provenance } from '../core/sink.js'
import { openArrow } from '../sinks/arrow/read.js'
import type { TableMetadata } from '../sinks/common/metadata.js'
import { provenanceOf } from '../sinks/common/recorded.js'
import { openParquet } from '../sinks/parquet/read.js'
import { readBatches } from '../sinks/parquet/read-columns.js'

/**
 * A finished table. It is the AsyncIterable of its batches, in the order of the file: row groups of Parquet, record batches of Arrow; one is
 * held at a time. It may be gone through more than once; leaving the loop early closes the file. Damage is found when the loop comes to it:
 * PipelineError TABLE_UNREADABLE.
 */
export interface ResultTable extends AsyncIterable<Batch> {
  readonly path: string
  readonly columns: readonly Column[]
  /** What made it: fingerprint, versions, model and grid. Cards of models name no file. */
  readonly provenance: Provenance
  /** All that the file says of itself, its slide with it (sizes in baseline pixels, `mpp` in µm a pixel). */
  readonly metadata: TableMetadata
  /** The rows as objects, one by one. Vectors are Float32Array, those of float16 widened. */
  rows(): AsyncIterable<Row>
}

/**
 * Opens a Parquet or Arrow file that tiastream wrote, whatever its name; at an address (`s3://bucket/run7/rows/a.parquet`, by its ending) only what is asked
 * for is fetched. Throws PipelineError: TABLE_UNREADABLE for a file that is missing, cut
 * off or of another kind, TABLE_FOREIGN for a table of another program.
 *
 * @example
 * const table = await readTable('out/rows/a.parquet')
 * for await (const batch of table) …
 * for await (const row of table.rows()) …
 */
export async function readTable(given: string | URL): Promise<ResultTable> {
  const path = pathGiven('readTable', given, 'the path of a table')
  const { kind, fact, hint } = await whatIs(path)
  if (!isAddress(path) && (kind === 'missing' || kind === 'folder'))
    throw new PipelineError('TABLE_UNREADABLE', `${path} ${fact}`, { hint })
  const isArrow = kind === 'arrow' || (kind !== 'parquet' && tableAt(path) === 'arrow')
  const metadata = isArrow ? await arrowMetadata(path) : (await openParquet(path)).metadata
  const columns: readonly Column[] = metadata.columns
  const batches = () => (isArrow ? arrowBatches(path) : readBatches(path, columns))
  return {
    path,
    columns,
    provenance: provenanceOf(metadata),
    metadata,
    [Symbol.asyncIterator]: batches,
    rows: () => rowsIn(columns, batches()),
  }
}

async function arrowMetadata(path: string): Promise<TableMetadata> {
  const { metadata, close } = await openArrow(path)
  await close()
  return metadata
}

async function* arrowBatches(path: string): AsyncGenerator<Batch, void> {
  const table = await openArrow(path)
  try {
    yield* table.batches()
  } finally {
    await table.close()
  }
}
