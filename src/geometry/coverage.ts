/**
 * A mask stretched over the slide: a small bitmap, and for each of its rows how many ones lie before every 64th pixel. "How much of this is
 * tissue" then costs a few steps for each mask row of a patch, and a sixteenth of a byte for each pixel (an integral image: four bytes).
 */

import type { Bounds } from './grid.js'
import type { Region, Size } from './region.js'

/** A picture of zeros and ones, one byte a pixel. */
export interface Bitmap extends Size {
  readonly data: Uint8Array
}

/** Pixels between two sums of a row. */
const block = 64

export class Mask implements Bitmap {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
  /** Baseline size of the slide it is stretched over. */
  readonly slide: Size
  /** Entry (y, b) counts the ones of row y left of pixel 64 b; the last one of a row is its sum. */
  readonly #before: Uint32Array
  readonly #blocks: number

  constructor({ width, height, data }: Bitmap, slide: Size) {
    if (data.length !== width * height || width < 1 || height < 1)
      throw new RangeError(`${data.length} bytes are no ${width} x ${height} mask`)
    this.width = width
    this.height = height
    this.data = data
    this.slide = { width: slide.width, height: slide.height }
    this.#blocks = Math.ceil(width / block) + 1
    this.#before = sumsOf(width, height, data, this.#blocks)
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
    let set = 0
    for (let y = top; y < bottom; y++) set += this.#inPart(y, x0, x1) * (Math.min(y + 1, y1) - Math.max(y, y0))
    // What rounding leaves in the last digits must not decide whether a quarter is more than a quarter.
    return Math.min(1, Math.max(0, Math.round((set / ((x1 - x0) * (y1 - y0))) * 1e12) / 1e12))
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
    let set = 0
    for (let y = y0; y < y1; y++) set += this.#inRow(y, x0, x1)
    return set
  }

  #inRow(y: number, x0: number, x1: number): number {
    return x1 > x0 ? this.#left(y, x1) - this.#left(y, x0) : 0
  }

  /** Set length of a row between two places, pixels at its ends in part. */
  #inPart(y: number, x0: number, x1: number): number {
    const [left, right] = [Math.floor(x0), Math.ceil(x1) - 1]
    const isSet = (x: number) => (this.data[y * this.width + x] === 0 ? 0 : 1)
    if (left === right) return isSet(left) * (x1 - x0)
    return isSet(left) * (left + 1 - x0) + this.#inRow(y, left + 1, right) + isSet(right) * (x1 - right)
  }

  /** Set pixels of a row left of a column. */
  #left(y: number, x: number): number {
    let set = this.#before[y * this.#blocks + Math.floor(x / block)]!
    const row = y * this.width
    for (let i = row + x - (x % block); i < row + x; i++) if (this.data[i] !== 0) set++
    return set
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

function sumsOf(width: number, height: number, data: Uint8Array, blocks: number): Uint32Array {
  const before = new Uint32Array(blocks * height)
  for (let y = 0; y < height; y++) {
    let set = 0
    for (let x = 0; x < width; x++) {
      if (x % block === 0) before[y * blocks + x / block] = set
      if (data[y * width + x] !== 0) set++
    }
    before[(y + 1) * blocks - 1] = set
  }
  return before
}
