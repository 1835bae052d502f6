/** Addresses of patches, as a grid and a mask give them. */

import type { Batch } from '../../src/core/batch.js'
import { batchOf } from '../../src/core/batches/rows-of.js'
import type { Patch } from '../../src/core/items.js'
import type { Column } from '../../src/core/row.js'
import { type Addresses, patchesIn } from '../../src/pipeline/plan/addresses.js'

/** The patch at a raster index of a grid of so many columns. */
export const patchAt = (index: number, columns: number): Patch => {
  const [column, row] = [index % columns, Math.floor(index / columns)]
  return { slide: 's', index, column, row, bounds: [0, 0, 1, 1], region: { x: column, y: row, width: 1, height: 1 }, notes: {} }
}

/** About that share of the patches of a grid, in raster order. */
export const keptOf = ({ columns, rows, share }: { columns: number; rows: number; share: number }): Patch[] =>
  Array.from({ length: columns * rows }, (_, i) => i)
    .filter((i) => (i * 2654435761) % 1000 < share * 1000)
    .map((i) => patchAt(i, columns))

/** The columns of `answerFor`. */
export const answerColumns: readonly Column[] = [
  { name: 'index', type: 'int32', about: 'Raster index.' },
  { name: 'p', type: 'vector', size: 2, about: 'The index, and that below zero.' },
]

/** What a lane answers about a block: the rows of the patches that stages keep. */
export const answerFor = ({ addresses }: { readonly addresses: Addresses }, keep: (patch: Patch) => boolean = () => true): Batch => {
  const kept = patchesIn(addresses).filter(keep)
  return batchOf(
    answerColumns,
    kept.map(({ index }) => ({ index, p: Float32Array.of(index, -index) })),
    0,
  )
}
