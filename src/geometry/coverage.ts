/** A mask stretched over the slide: a small bitmap, and its integral image, which answers "how much of this is tissue" in O(1). */

import type { Bounds } from './grid.js'
import type { Region, Size } from './region.js'

/** A picture of zeros and ones, one byte a pixel. */
export interface Bitmap extends Size {
  readonly data: Uint8Array
}

export class Mask implements Bitmap {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
  /** Baseline size of the slide it is stretched over. */
  readonly slide: Size
  /** Entry (y, x) counts the ones above row y and left of column x. */
  readonly #counts: Uint32Array

  constructor({ width, height, data }: Bitmap, slide: Size) {
    if (data.length !== width * height || width < 1 || height < 1)
      throw new RangeError(`${data.length} bytes are no ${width} x ${height} mask`)
    this.width = width
    this.height = height
    this.data = data
    this.slide = { width: slide.width, height: slide.height }
    this.#counts = integralOf(width, height, data)
  }

  /** Share of the whole mask that is set. */
  get share(): number {
    return this.#count(0, 0, this.width, this.height) / (this.width * this.height)
  }

  /**
   * Share of a baseline region that is set, mask pixels at its edge counted in part; of what lies outside the slide nothing is
   * counted. Exactly 0 where no set pixel is touched, exactly 1 where all are set.
   */
  coverage(region: Region): number {
    const x0 = edge((region.x * this.width) / this.slide.width, this.width)
    const x1 = edge(((region.x + region.width) * this.width) / this.slide.width, this.width)
    const y0 = edge((region.y * this.height) / this.slide.height, this.height)
    const y1 = edge(((region.y + region.height) * this.height) / this.slide.height, this.height)
    if (!(x1 > x0 && y1 > y0)) return 0
    const [left, right, top, bottom] = [Math.floor(x0), Math.ceil(x1), Math.floor(y0), Math.ceil(y1)]
    const touched = this.#count(left, top, right, bottom)
    if (touched === 0) return 0
    if (touched === (right - left) * (bottom - top)) return 1
    const set = this.#area(x1, y1) - this.#area(x0, y1) - this.#area(x1, y0) + this.#area(x0, y0)
    return Math.min(1, Math.max(0, set / ((x1 - x0) * (y1 - y0))))
  }

  /**
   * TIAToolbox's rule, with its truncation: the box (bounds at a resolution where the slide measures `size`) is scaled in single
   * precision and cut to whole mask pixels. Answers set and all pixels of what is left, which may be none at all.
   */
  truncated([bx0, by0, bx1, by1]: Bounds, size: Size): { readonly set: number; readonly area: number } {
    const sx = Math.fround(this.width / size.width)
    const sy = Math.fround(this.height / size.height)
    const cut = (v: number, scale: number, most: number) => Math.trunc(Math.min(Math.max(Math.fround(Math.fround(v) * scale), 0), most))
    const [x0, x1] = [cut(bx0, sx, this.width), cut(bx1, sx, this.width)]
    const [y0, y1] = [cut(by0, sy, this.height), cut(by1, sy, this.height)]
    return { set: this.#count(x0, y0, x1, y1), area: (x1 - x0) * (y1 - y0) }
  }

  /** Set pixels of a box of whole mask pixels. */
  #count(x0: number, y0: number, x1: number, y1: number): number {
    const stride = this.width + 1
    const c = this.#counts
    return c[y1 * stride + x1]! - c[y0 * stride + x1]! - c[y1 * stride + x0]! + c[y0 * stride + x0]!
  }

  /** Set area above and left of a point: the integral image is bilinear inside a pixel, so this is exact. */
  #area(x: number, y: number): number {
    const i = Math.min(Math.floor(x), this.width - 1)
    const j = Math.min(Math.floor(y), this.height - 1)
    const at = j * (this.width + 1) + i
    const below = at + this.width + 1
    const c = this.#counts
    const upper = c[at]! + (c[at + 1]! - c[at]!) * (x - i)
    const lower = c[below]! + (c[below + 1]! - c[below]!) * (x - i)
    return upper + (lower - upper) * (y - j)
  }
}

/** Whether enough is set: more than the share asked for, or all; never where nothing is. TIAToolbox's `>` and not `≥`. */
export function isEnough(set: number, area: number, share: number): boolean {
  return set > 0 && (set === area || set > area * share)
}

/** Clipped to the mask; what is within a millionth of a pixel border is on it, so that rounding noise touches no neighbour. */
function edge(v: number, most: number): number {
  const near = Math.round(v)
  return Math.min(Math.max(Math.abs(v - near) < 1e-6 ? near : v, 0), most)
}

function integralOf(width: number, height: number, data: Uint8Array): Uint32Array {
  const stride = width + 1
  const counts = new Uint32Array(stride * (height + 1))
  for (let y = 0; y < height; y++) {
    let row = 0
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] !== 0) row++
      counts[(y + 1) * stride + x + 1] = counts[y * stride + x + 1]! + row
    }
  }
  return counts
}
