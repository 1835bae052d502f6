/** How many rows make a row group. */

import type { Column } from '../../core/row.js'

/** Numbers in the vectors of one row group: as a list, each costs the encoder some 85 bytes. */
const mostNumbers = 2 ** 20
export const bytesPerNumber = 85

/** `most`, or as many as keep the vectors of the group within a million numbers; `width`: numbers of a row in vectors. */
export const groupRows = (most: number, width: number): number =>
  width === 0 ? most : Math.max(1, Math.min(most, Math.floor(mostNumbers / width)))

export const vectorWidth = (columns: readonly Column[]): number => columns.reduce((sum, { size = 0 }) => sum + size, 0)
