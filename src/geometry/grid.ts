/**
 * The lattice of patches over a slide, in raster order. Corners come from the column and row, so they never drift, and there
 * is never a list of them. The last patch is not moved inward: it overhangs the slide.
 */

import type { Region, Size } from './region.js'
import type { Scale } from './resolution.js'

export interface GridOptions {
  /** Pixels of a patch. */
  readonly patch: Size
  /** From one patch to the next. */
  readonly stride: Size
  /** What a model answers for, when that is less than it sees: patches then lie around outputs of this size. Default: the patch. */
  readonly output?: Size
  /** Only patches (or outputs) that lie inside the slide. */
  readonly within?: 'input' | 'output'
}

/** One axis: patch i of `count` begins at `first + i × stride`; its output part at `shift` from there. */
interface Axis {
  readonly first: number
  readonly count: number
  readonly stride: number
  readonly length: number
  readonly shift: number
  readonly output: number
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
}

/** `slide` is the size of the slide at the resolution of the patches. */
export function gridOver(slide: Size, { patch, stride, output = patch, within }: GridOptions): Grid {
  return {
    x: axisOver(slide.width, patch.width, stride.width, output.width, within),
    y: axisOver(slide.height, patch.height, stride.height, output.height, within),
  }
}

function axisOver(slide: number, patch: number, stride: number, output: number, within: GridOptions['within']): Axis {
  for (const v of [slide, patch, stride, output])
    if (!Number.isSafeInteger(v) || v < 1) throw new RangeError(`no whole number of pixels: ${v}`)
  if (output > patch) throw new RangeError(`an output of ${output} px is more than the patch of ${patch} px`)
  const shift = Math.floor((patch - output) / 2)
  const all = Math.ceil(slide / stride)
  const from = within === 'input' ? Math.ceil(shift / stride) : 0
  const reach = within === 'input' ? patch - shift : output
  const to = within === undefined ? all : Math.min(all, Math.floor((slide - reach) / stride) + 1)
  return { first: from * stride - shift, count: Math.max(0, to - from), stride, length: patch, shift, output }
}

/** How many patches, without making one. */
export function countOf({ x, y }: Grid): number {
  return x.count * y.count
}

/** Where one patch lies, at the resolution of the grid. */
export function boundsOf({ x, y }: Grid, column: number, row: number): Bounds {
  const x0 = x.first + column * x.stride
  const y0 = y.first + row * y.stride
  return [x0, y0, x0 + x.length, y0 + y.length]
}

/** The part of the patch that the model answers for. */
export function outputOf(grid: Grid, column: number, row: number): Bounds {
  const [left, top] = boundsOf(grid, column, row)
  const x0 = left + grid.x.shift
  const y0 = top + grid.y.shift
  return [x0, y0, x0 + grid.x.output, y0 + grid.y.output]
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
    x: up(Math.fround(x0) / scale.x),
    y: up(Math.fround(y0) / scale.y),
    width: up((x1 - x0) / scale.x),
    height: up((y1 - y0) / scale.y),
  }
}

/** Rounded up, without a negative zero. */
const up = (v: number) => Math.ceil(v) + 0
