/** A mask file as its rows of zeros and ones: what each format of them is to give. */

import type { Size } from '../../geometry/region.js'
import type { Scale } from '../../geometry/resolution.js'
import { threeDigits } from '../../geometry/round.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import type { Numbers } from './chosen.js'

export interface MaskPicture extends Size {
  /** What a person should know; complete when all rows have been read. */
  readonly warnings: readonly string[]
  /** Rows and columns are exchanged in the file: `width` and `height` are those of the file. */
  readonly turned?: boolean
  /** From top to bottom, some rows at a time, one byte a pixel: 1 is tissue, else 0. A number is that many rows of nothing. */
  rows(signal?: AbortSignal): AsyncGenerator<Uint8Array | number>
}

export interface MaskFile {
  readonly source: ByteSource
  readonly limits: Limits
  /** The slide it is for: an array says which of its axes are rows and columns only by its proportions. */
  readonly slide: Size & { readonly mpp?: Scale | undefined }
  readonly signal?: AbortSignal | undefined
  /** Those that are tissue, of the first channel; absent: all but 0, of any. */
  readonly numbers?: Numbers | undefined
}

/** How much of the glass it shows by the size of a pixel that it says, in words, where that is not what the slide shows. */
export function ofAnotherSize({ width, height }: Size, pixel: Scale | undefined, { mpp, ...slide }: MaskFile['slide']): string | undefined {
  if (pixel === undefined || mpp === undefined) return undefined
  const [across, down] = [width * pixel.x, height * pixel.y]
  const whole = [slide.width * mpp.x, slide.height * mpp.y] as const
  if ([across / whole[0], down / whole[1]].every((share) => share > 1 / mostApart && share < mostApart)) return undefined
  const text = (w: number, h: number) => `${threeDigits(w / 1000)} x ${threeDigits(h / 1000)} mm`
  return `${text(across, down)} of a slide of ${text(...whole)}`
}
/** Rounding, and an mpp that is given for the slide, are less. */
const mostApart = 1.25

/** Of one mask: a square of 262,144. What is kept follows from what the file really holds. */
export const mostPixels = 2 ** 36
const longestSide = 2 ** 24

export function checkSize({ width, height }: Size): void {
  if (width > longestSide || height > longestSide || width * height > mostPixels) {
    throw new RangeError(`${width} x ${height} pixels are too many for a mask`)
  }
}

/** Rows read at once: about this many bytes of samples, at least one row. */
const stripBytes = 4 * 2 ** 20
export const rowsAtOnce = (rowBytes: number): number => Math.max(1, Math.floor(stripBytes / rowBytes))
