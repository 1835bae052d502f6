/** Patches of a grid in the order in which the lanes of a run get them. */

import { noNotes, type Patch } from '../../src/core/items.js'
import { bandsOf } from '../../src/pipeline/plan/bands.js'

/** For each lane the ordinals, row by row, of its patches. */
export async function inBands(columns: number, rows: number, lanes: number): Promise<readonly (readonly number[])[]> {
  const patches = Array.from({ length: columns * rows }, (_, index): Patch => {
    const [column, row] = [index % columns, Math.floor(index / columns)]
    const region = { x: column, y: row, width: 1, height: 1 }
    return { slide: '', index, column, row, bounds: [column, row, column + 1, row + 1], region, notes: noNotes }
  })
  const shares = Array.from({ length: lanes }, (): number[] => [])
  for await (const { blocks } of bandsOf(lists(patches), { lanes, batch: 16, first: 0 }))
    for (const { lane, ordinals } of blocks) shares[lane]!.push(...ordinals)
  return shares
}

async function* lists(patches: readonly Patch[]): AsyncGenerator<readonly Patch[]> {
  yield patches
}
