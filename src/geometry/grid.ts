/**
 * The lattice of patches over a slide, in raster order. Corners come from the column and row, so they never drift, and there
 * is never a list of them. The last patch is not moved inward: it overhangs the slide.
 */

import type { Region, Size } from './region.js'
import { measured, type Resolution, ResolutionUnknown, resolveAt, type Scale } from './resolution.js'

export interface GridOptions {
  /** Pixels of a patch. */
  readonly patch: Size
  /** From one patch to the next. */
  readonly stride: Size
  /** Only patches that lie inside the slide. */
  readonly within?: boolean
}

/** One axis: patch i of `count` begins at `i × stride`. */
interface Axis {
  readonly count: number
  readonly stride: number
  readonly length: number
}

export interface Grid {
  readonly x: Axis
  readonly y: Axis
}

/** Bounds are `[x0, y0, x1, y1]` at the resolution of the grid. */
export type Bounds = readonly [number, number, number, number]

export interface Cell {
  readonly index: number
  readonly column: number
  readonly row: number
  readonly bounds: Bounds
  /** The same place in baseline pixels. */
  readonly region: Region
  /** `place`: its number in the list that it lies at. */
  readonly notes?: { readonly place: number }
}

/** `slide` is the size of the slide at the resolution of the patches. */
export function gridOver(slide: Size, { patch, stride, within = false }: GridOptions): Grid {
  return {
    x: axisOver(slide.width, patch.width, stride.width, within),
    y: axisOver(slide.height, patch.height, stride.height, within),
  }
}

function axisOver(slide: number, patch: number, stride: number, within: boolean): Axis {
  for (const v of [slide, patch, stride]) if (!Number.isSafeInteger(v) || v < 1) throw new RangeError(`no whole number of pixels: ${v}`)
  const all = Math.ceil(slide / stride)
  const count = within ? Math.min(all, Math.floor((slide - patch) / stride) + 1) : all
  return { count: Math.max(0, count), stride, length: patch }
}

/** How many patches, without making one. */
export function countOf({ x, y }: Grid): number {
  return x.count * y.count
}

/** Where one patch lies, at the resolution of the grid. */
export function boundsOf({ x, y }: Grid, column: number, row: number): Bounds {
  const x0 = column * x.stride
  const y0 = row * y.stride
  return [x0, y0, x0 + x.length, y0 + y.length]
}

/** The patches of the rows from `firstRow` up to, but not including, `endRow`; all of them unless told. */
export function* patchesOf(grid: Grid, scale: Scale, firstRow = 0, endRow = grid.y.count): Generator<Cell> {
  for (let row = firstRow; row < endRow; row++) {
    for (let column = 0; column < grid.x.count; column++) {
      const bounds = boundsOf(grid, column, row)
      yield { index: row * grid.x.count + column, column, row, bounds, region: regionOf(bounds, scale) }
    }
  }
}

/**
 * Bounds at a resolution as a region of baseline pixels: both corner and size rounded up, the corner from single precision,
 * as TIAToolbox does. So neighbours may overlap by a baseline pixel.
 */
export function regionOf([x0, y0, x1, y1]: Bounds, scale: Scale): Region {
  return {
    x: baselineCorner(x0, scale.x),
    y: baselineCorner(y0, scale.y),
    ...baselineSize({ width: x1 - x0, height: y1 - y0 }, scale),
  }
}

/** One axis of a corner at a resolution in baseline pixels. */
export const baselineCorner = (v: number, scale: number): number => up(Math.fround(v) / scale)

/** The size of a patch at a resolution in baseline pixels. */
export const baselineSize = ({ width, height }: Size, scale: Scale): Size => ({
  width: up(width / scale.x),
  height: up(height / scale.y),
})

/** The size of a patch of a grid in baseline pixels as it is, which regions have rounded up. Null where the slide does not say how large that is. */
export function exactSizeOf(
  slide: Parameters<typeof measured>[0],
  { at, patch }: { readonly at: Resolution; readonly patch: readonly [number, number] },
): Size | null {
  try {
    const { scale } = resolveAt(measured(slide), at)
    return { width: patch[0] / scale.x, height: patch[1] / scale.y }
  } catch (error) {
    if (error instanceof ResolutionUnknown || error instanceof RangeError) return null
    throw error
  }
}

/** Rounded up, without a negative zero. */
const up = (v: number) => Math.ceil(v) + 0
