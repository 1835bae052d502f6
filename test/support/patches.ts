/** Addresses of patches, as a grid and a mask give them. */

import type { Patch, PatchBatch } from '../../src/core/items.js'

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

/** What a lane answers about a block: two batches with the patches that stages keep, each with its index and that below zero. */
export function answerFor(
  { patches }: { readonly patches: readonly { readonly patch: Patch }[] },
  keep: (patch: Patch) => boolean = () => true,
) {
  const kept = patches.map(({ patch }) => patch).filter(keep)
  const half = kept.length >> 1
  return [kept.slice(0, half), kept.slice(half)].map(
    (list): PatchBatch => ({
      patches: list,
      statuses: list.map(() => ({ status: 'ok' as const })),
      inputs: [],
      outputs: { p: { width: 2, data: Float32Array.from(list.flatMap(({ index }) => [index, -index])) } },
    }),
  )
}
