/**
 * How much of a slide one patch stands for, in mm². Where patches overlap, each stands for its step to the next only (stride by
 * stride), so that nothing is counted twice; where they leave gaps, and where others laid them, for itself. What reaches beyond the slide is not
 * counted. The sizes in the rows are rounded up, which of small patches is some percent: those of the grid count.
 */

import { exactSizeOf } from '../geometry/grid.js'
import type { Region } from '../geometry/region.js'
import type { TableMetadata } from '../sinks/common/metadata.js'

/** Null where nobody knows the size of a pixel. */
export function areaOf({ slide, grid }: Pick<TableMetadata, 'slide' | 'grid'>): ((region: Region) => number) | null {
  const { mpp, width, height } = slide
  if (!mpp || !(mpp.x > 0) || !(mpp.y > 0)) return null
  const step = (axis: 0 | 1) =>
    grid && grid.patch[axis] > 0 && grid.stride[axis] > 0 ? Math.min(1, grid.stride[axis] / grid.patch[axis]) : 1
  const [across, down] = [step(0), step(1)]
  const exact = grid ? exactSizeOf(slide, grid) : null
  const unrounded = (length: number, whole: number | undefined) => (whole !== undefined && Math.ceil(whole) === length ? whole : length)
  const inside = (start: number, length: number, end: number) => Math.max(0, Math.min(start + length, end) - Math.max(start, 0))
  return ({ x, y, width: w, height: h }) => {
    const [wide, high] = [unrounded(w, exact?.width) * across, unrounded(h, exact?.height) * down]
    return (inside(x, wide, width) * mpp.x * inside(y, high, height) * mpp.y) / 1e6
  }
}
