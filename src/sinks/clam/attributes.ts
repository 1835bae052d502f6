/** The attributes by which CLAM, TRIDENT and STAMP know what a coordinate means: those of `coords`, of STAMP's those of the file. */

import { SinkError, SlideError } from '../../core/errors.js'
import { howToSay } from '../../core/resolve.js'
import type { SinkContext } from '../../core/sink.js'
import type { SlideInfo } from '../../core/slide.js'
import { exactSizeOf } from '../../geometry/grid.js'
import type { Region } from '../../geometry/region.js'
import type { Resolution } from '../../geometry/resolution.js'
import type { Attribute } from './hdf5.js'

export type ClamLayout = 'clam' | 'trident' | 'stamp'

/**
 * A coordinate in the unit of the layout. STAMP's are µm, both by the width of a pixel, by which it goes back to pixels, too; and it numbers patches by
 * the smallest distance of two, so those of a grid stand where they were laid, not on the whole pixel beside it.
 */
export function coordinateIn(layout: ClamLayout, context: SinkContext): (base: number, axis: 0 | 1) => number {
  if (layout !== 'stamp') return Math.round
  const micron = micronOf(context)
  const grid = context.provenance.grid
  const exact = grid && !grid.placed ? exactSizeOf(context.slide.info, { at: grid.at, patch: grid.stride }) : null
  return (base, axis) => {
    const step = exact?.[axis === 0 ? 'width' : 'height'] ?? 1
    const laid = Math.round(base / step) * step
    return (Math.abs(laid - base) <= 1 ? laid : base) * micron
  }
}

/** µm of a baseline pixel. */
function micronOf({ slide: { info }, path }: SinkContext): number {
  const micron = exactSizeOf(info, { at: { value: 1, units: 'mpp' }, patch: [1, 1] })
  if (micron) return 1 / micron.width
  throw new SlideError(
    'SLIDE_NO_RESOLUTION',
    `${path} cannot be written: ${info.uri} does not say how large a pixel is, and STAMP counts in µm`,
    {
      hint: howToSay,
      at: { slide: info.id },
    },
  )
}

export function attributesOf(layout: ClamLayout, context: SinkContext, region: Region | null): Record<string, Attribute> {
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
  const exact = exactSizeOf(slide.info, grid)?.width
  const size = region ? Math.round(region.width) : Math.ceil(exact ?? grid.patch[0])
  if (layout === 'stamp') {
    const microns = (exact ?? size) * micronOf(context)
    return { unit: 'um', tile_size_um: Number(microns.toPrecision(12)), tile_size_px: grid.patch[0], feat_type: 'tile' }
  }
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
