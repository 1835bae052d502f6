/** Patches at given places instead of a grid's: numbered from top to bottom and from left to right, as those of a grid. */

import { baselineCorner, baselineSize, type Cell } from './grid.js'
import type { Size } from './region.js'
import type { Scale } from './resolution.js'

/** More places than a slide of 100,000 pixels a side has patches of 71. */
export const mostPlaces = 2 ** 21

/** Where another program laid patches, in baseline pixels: top left corners. */
export interface Places {
  readonly x: Float64Array
  readonly y: Float64Array
  /** The same corners at the resolution of the run, in a table of ours, where those above are rounded up. */
  readonly own?: { readonly x: Float64Array; readonly y: Float64Array }
  /** They are the middles of patches. */
  readonly centred?: true
  /** The slide's name, where the file says it. */
  readonly of?: string
  /** Of a patch, in baseline pixels, where the file says it. */
  readonly size?: Size
  /** Of the slide, where the file says it. */
  readonly slide?: Size
  /** The same, worked out from that of a level, which is rounded. */
  readonly whole?: Size
  /** Other than 0: of the slide, that the patches are of, where the file says it. */
  readonly level?: number
}

export function* placedCells({ x, y, own }: Places, patch: Size, scale: Scale): Generator<Cell> {
  const size = baselineSize(patch, scale)
  const order = Uint32Array.from(x, (_, i) => i).sort((a, b) => y[a]! - y[b]! || x[a]! - x[b]! || a - b)
  for (const [index, place] of order.entries()) {
    const [left, top] = [x[place]!, y[place]!]
    const [x0, y0] = [cornerAt(left, scale.x, own?.x[place]), cornerAt(top, scale.y, own?.y[place])]
    yield {
      index,
      column: Math.max(0, Math.floor(x0 / patch.width)),
      row: Math.max(0, Math.floor(y0 / patch.height)),
      bounds: [x0, y0, x0 + patch.width, y0 + patch.height],
      region: { x: left, y: top, ...size },
      notes: { place },
    }
  }
}

/** Baseline pixels that were rounded do not lead back to the pixel they come from: that one is taken where it is of this resolution. */
function cornerAt(baseline: number, scale: number, own = Number.NaN): number {
  return baselineCorner(own, scale) === baseline ? own : Math.round(baseline * scale) + 0
}
