/** The order of rows that a row group may declare, where they have it: a user's function may have put them in another one. */

import type { RowGroup } from 'hyparquet'
import { type Batch, type ColumnData, hasValue } from '../../core/batch.js'
import type { Column } from '../../core/row.js'

export type Sorting = NonNullable<RowGroup['sorting_columns']>

/** By the numbers of leaves, of which every column has one; undefined where the rows do not rise by these columns, the first one first. */
export function sortingOf(columns: readonly Column[], rows: Batch, by: readonly string[]): Sorting | undefined {
  const leaves = by.map((name) => columns.findIndex((column) => column.name === name))
  const ranks = leaves.map((leaf) => rankOf(rows.columns[leaf], rows.length))
  if (!ranks.every((rank) => rank !== undefined)) return undefined
  for (let i = 1; i < rows.length; i++) {
    const differs = ranks.find((rank) => rank[i - 1] !== rank[i])
    if (!differs || differs[i - 1]! > differs[i]!) return undefined
  }
  return leaves.map((column_idx) => ({ column_idx, descending: false, nulls_first: false }))
}

/** Numbers that are in order as the values of the column are: texts by their bytes of UTF-8. */
function rankOf(column: ColumnData | undefined, length: number): Int32Array | undefined {
  if (column?.valid && !Array.from({ length }, (_, i) => hasValue(column, i)).every(Boolean)) return undefined
  if (column?.type === 'int32') return column.values
  if (column?.type !== 'category') return undefined
  const bytes = column.words.map((word) => Buffer.from(word))
  const order = bytes.map((_, code) => code).sort((a, b) => Buffer.compare(bytes[a]!, bytes[b]!))
  const rank = new Int32Array(order.length)
  for (const [place, code] of order.entries()) rank[code] = place
  return column.codes.map((code) => rank[code]!)
}
