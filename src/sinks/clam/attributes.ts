/** The attributes of `coords`, by which CLAM and TRIDENT know what a coordinate means. */

import { SinkError } from '../../core/errors.js'
import type { SinkContext } from '../../core/sink.js'
import type { SlideInfo } from '../../core/slide.js'
import { exactSizeOf } from '../../geometry/grid.js'
import type { Region } from '../../geometry/region.js'
import type { Resolution } from '../../geometry/resolution.js'
import type { Attribute } from './hdf5.js'

export function attributesOf(layout: 'clam' | 'trident', context: SinkContext, region: Region | null): Record<string, Attribute> {
  const { slide, provenance } = context
  const { id, width, height } = slide.info
  const power = slide.info.power ?? powerMeant(slide.info.mpp)
  const grid = provenance.grid
  if (!grid) throw new SinkError('GRID_MISSING', `${context.path} cannot be written: the table does not say what grid its patches lie on`)
  requireSquare(context.path, 'patches', ...grid.patch)
  requireSquare(context.path, 'strides', ...grid.stride)
  // All patches of a grid are equally large; without rows it is known from the grid.
  // Pixels that are not square themselves make a square patch none. By some thousandths no scanner's are (Hamamatsu's: 0.4564 x 0.4551 µm), and
  // whoever reads these layouts takes the width for both.
  if (region && !isNearlySquare(region)) requireSquare(context.path, 'patches in baseline pixels', region.width, region.height)
  const size = region ? Math.round(region.width) : Math.ceil(exactSizeOf(slide.info, grid)?.width ?? grid.patch[0])
  if (layout === 'clam') {
    return {
      patch_size: size,
      patch_level: 0,
      downsample: [1, 1],
      downsampled_level_dim: [width, height],
      level_dim: [width, height],
      name: id,
      save_path: '',
    }
  }
  return {
    patch_size: grid.patch[0],
    patch_size_level0: size,
    ...(power === undefined
      ? {}
      : { level0_magnification: power, target_magnification: magnificationOf(grid.at, power, grid.patch[0] / size) }),
    // Of patches that others laid nobody knows it, and TRIDENT itself reads it nowhere.
    ...(grid.placed ? {} : { overlap: grid.patch[0] - grid.stride[0] }),
    name: id,
    savetodir: '',
    level0_width: width,
    level0_height: height,
  }
}

const isNearlySquare = ({ width, height }: Region): boolean => Math.abs(width - height) <= Math.max(1, 0.01 * Math.min(width, height))

/** Both layouts have one number for a patch and one for the stride (or the overlap): of two, one would be wrong. */
function requireSquare(path: string, what: string, x: number, y: number): void {
  if (x === y) return
  throw new SinkError('GRID_UNSUPPORTED', `${path} cannot be written: ${what} of ${x} x ${y} px, and the layout has one number for both`, {
    hint: 'make size and stride square, or write parquet or zarr',
  })
}

/**
 * TRIDENT cannot read coordinates without a magnification, and many formats name none: the one that TRIDENT itself takes for pixels of this size (its
 * `WSI._fetch_magnification`).
 */
function powerMeant(mpp: SlideInfo['mpp']): number | undefined {
  return mpp && powers.find(([below]) => mpp.x < below)?.[1]
}

/** Below so many µm a pixel: the magnification. */
const powers: readonly (readonly [below: number, power: number])[] = [
  [0.16, 80],
  [0.2, 60],
  [0.3, 40],
  [0.6, 20],
  [1.2, 10],
  [2.4, 5],
]

/** What was asked for, where that was a magnification; else the whole number that scanners mean by 19.96. */
function magnificationOf(at: Resolution, power: number, scale: number): number {
  if (at.units === 'power') return at.value
  const exact = power * scale
  const whole = Math.round(exact)
  return Math.abs(exact - whole) <= 0.03 * exact ? whole : exact
}
