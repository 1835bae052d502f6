/** How many rows make a row group, and what it takes in memory while it is written. */

import type { Column } from '../../core/row.js'
import type { PlanContext } from '../../core/stage.js'
import { featureWidth } from '../common/row-bytes.js'

/** The most that `row_group` allows. */
export const largestGroup = 1_048_576
export const rowGroupAbout =
  'Rows of a row group, fewer where vectors are wide (they hold at most 1,048,576 numbers): so many are held in memory.'

/** Numbers in the vectors of one row group: as a list, each costs the encoder some 85 bytes. */
const mostNumbers = 2 ** 20
const bytesPerNumber = 85

/** `asked`, or as many as keep the vectors of the group within a million numbers. */
export const groupRows = (asked: number, columns: readonly Column[]): number =>
  rowsOfWidth(
    asked,
    columns.reduce((sum, { size = 0 }) => sum + size, 0),
  )

/** Bytes of a group whose rows take `perRow` bytes beside the numbers of their vectors in the encoder. */
export function groupBytes(asked: number, perRow: number, plan: PlanContext): number {
  const width = featureWidth(plan)
  return rowsOfWidth(asked, width) * (perRow + width * bytesPerNumber)
}

/** `width`: numbers of a row in vectors. */
const rowsOfWidth = (asked: number, width: number) => (width === 0 ? asked : Math.max(1, Math.min(asked, Math.floor(mostNumbers / width))))
