/** Patches of a grid in the order in which a lane gets them. */

import type { Patch } from '../../src/core/items.js'
import { noNotes } from '../../src/core/items.js'
import { bandsOf } from '../../src/pipeline/plan/bands.js'

/** Ordinals row by row, as the bands of a run with one lane bring them. */
export async function inBands(columns: number, rows: number): Promise<number[]> {
  const patches = Array.from({ length: columns * rows }, (_, index): Patch => {
    const [column, row] = [index % columns, Math.floor(index / columns)]
    const region = { x: column, y: row, width: 1, height: 1 }
    return { slide: '', index, column, row, bounds: [column, row, column + 1, row + 1], region, notes: noNotes }
  })
  const order: number[] = []
  for await (const { blocks } of bandsOf(lists(patches), { lanes: 1, batch: 16, first: 0 }))
    for (const { ordinals } of blocks) order.push(...ordinals)
  return order
}

async function* lists(patches: readonly Patch[]): AsyncGenerator<readonly Patch[]> {
  yield patches
}
