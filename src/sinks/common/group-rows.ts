/** How many rows a table's format writes together (a row group, a record batch), and what they take in memory. */

import type { Column } from '../../core/row.js'
import type { PlanContext } from '../../core/stage.js'
import { featureWidth, rowBytes } from './row-bytes.js'

/** The most that an option may ask for. */
export const largestGroup = 1_048_576
export const fewerWhereWide = 'fewer where vectors are wide (they hold at most 4,194,304 numbers): so many are held in memory.'

/** Numbers in the vectors of one group. */
const mostNumbers = 2 ** 22

/** `asked`, or as many as keep the vectors of the group within so many numbers: four million unless told otherwise. */
export const groupRows = (asked: number, columns: readonly Column[], numbers = mostNumbers): number =>
  rowsOfWidth(
    asked,
    columns.reduce((sum, { size = 0 }) => sum + size, 0),
    numbers,
  )

/** Bytes of a group that is held `times` over: as it came, joined, as it is written. */
export const groupBytes = (asked: number, times: number, plan: PlanContext): number =>
  rowsOfWidth(asked, featureWidth(plan)) * times * rowBytes(plan)

/** `width`: numbers of a row in vectors. */
const rowsOfWidth = (asked: number, width: number, numbers = mostNumbers) =>
  width === 0 ? asked : Math.max(1, Math.min(asked, Math.floor(numbers / width)))
