/** All rows joined but for the numbers of vectors, which stay where they are: they are most of a table. */

import type { Batch, ColumnData, DataOf } from '../../core/batch.js'
import { concatOf } from '../../core/batches/join.js'

const noNumbers = new Float32Array(0)

/** A vector column has its validity, and no numbers. */
export const joinedScalars = (pieces: readonly Batch[]): Batch =>
  concatOf(pieces.map(({ length, columns }) => ({ length, columns: columns.map(withoutNumbers) })))

const withoutNumbers = (column: ColumnData): ColumnData => (column.type === 'vector' ? { ...column, size: 0, values: noNumbers } : column)

/** The pieces of a vector column. */
export const vectorsOf = (pieces: readonly Batch[], c: number): readonly DataOf<'vector'>[] =>
  pieces.map(({ columns }) => columns[c] as DataOf<'vector'>)
