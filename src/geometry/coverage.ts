/** A mask stretched over the slide: how much of a place is tissue. */

import { BitBlocks, type BlockParts } from './bit-blocks.js'
import type { Bounds } from './grid.js'
import type { Region, Size } from './region.js'

/** A picture of zeros and ones, one byte a pixel. */
export interface Bitmap extends Size {
  readonly data: Uint8Array
}

/** A mask as plain data, which crosses threads. */
export interface MaskParts {
  readonly pixels: BlockParts
  readonly slide: Size
  readonly shown: Size
}

export class Mask implements Size {
  readonly width: number
  readonly height: number
  readonly pixels: BitBlocks
  /** Baseline size of the slide it is stretched over. */
  readonly slide: Size
  /** As a picture for people: what is drawn is finer. */
  readonly shown: Size

  constructor(pixels: BitBlocks, slide: Size, shown: Size = pixels) {
    if (pixels.rows !== pixels.height) throw new RangeError(`${pixels.rows} rows are no mask of ${pixels.width} x ${pixels.height}`)
    this.width = pixels.width
    this.height = pixels.height
    this.pixels = pixels
    this.slide = { width: slide.width, height: slide.height }
    this.shown = { width: shown.width, height: shown.height }
  }

  static of({ width, height, data }: Bitmap, slide: Size): Mask {
    const pixels = new BitBlocks({ width, height })
    pixels.push(data)
    return new Mask(pixels, slide)
  }

  static ofParts({ pixels, slide, shown }: MaskParts): Mask {
    return new Mask(BitBlocks.of(pixels), slide, shown)
  }

  parts(): MaskParts {
    return { pixels: this.pixels.parts(), slide: this.slide, shown: this.shown }
  }

  /** Rows of the picture for people, one byte a pixel: each is what the mask is at its centre. */
  rowsShown(top: number, count: number): Uint8Array {
    const { width, height } = this.shown
    const rows = new Uint8Array(count * width)
    if (width === this.width && height === this.height) {
      this.pixels.unpack(top, count, rows)
      return rows
    }
    const line = new Uint8Array(this.width)
    for (let y = 0; y < count; y++) {
      this.pixels.unpack(Math.floor(((top + y + 0.5) * this.height) / height), 1, line)
      for (let x = 0; x < width; x++) rows[y * width + x] = line[Math.floor(((x + 0.5) * this.width) / width)]!
    }
    return rows
  }

  /** Share of the whole mask that is set. */
  get share(): number {
    return this.pixels.total / (this.width * this.height)
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
    const touched = this.pixels.count(left, top, right, bottom)
    if (touched === 0) return 0
    if (touched === (right - left) * (bottom - top)) return 1
    if (x0 === left && x1 === right && y0 === top && y1 === bottom) return touched / ((right - left) * (bottom - top))
    let set = 0
    for (const across of partsOf(x0, x1)) {
      for (const down of partsOf(y0, y1)) {
        set += this.pixels.count(across.from, down.from, across.to, down.to) * across.weight * down.weight
      }
    }
    // What rounding leaves in the last digits must not decide whether a quarter is more than a quarter.
    return Math.min(1, Math.max(0, Math.round((set / ((x1 - x0) * (y1 - y0))) * 1e12) / 1e12))
  }

  /**
   * TIAToolbox's rule, with its truncation: the box (bounds at a resolution where the slide measures `size`) is scaled, rounded to single
   * precision and cut to whole mask pixels. The scale itself keeps double precision: NumPy 2, which TIAToolbox 2 asks for, multiplies so.
   * Returns set and all pixels of what is left, which may be none at all.
   */
  truncated([bx0, by0, bx1, by1]: Bounds, size: Size): { readonly set: number; readonly area: number } {
    const sx = this.width / size.width
    const sy = this.height / size.height
    const cut = (v: number, scale: number, most: number) => Math.trunc(Math.min(Math.max(Math.fround(Math.fround(v) * scale), 0), most))
    const [x0, x1] = [cut(bx0, sx, this.width), cut(bx1, sx, this.width)]
    const [y0, y1] = [cut(by0, sy, this.height), cut(by1, sy, this.height)]
    return { set: this.pixels.count(x0, y0, x1, y1), area: (x1 - x0) * (y1 - y0) }
  }
}

/** A stretch of whole pixels that count with one weight. */
interface Part {
  readonly from: number
  readonly to: number
  readonly weight: number
}

/** What a stretch between two places is made of: a part of its first pixel, whole ones, a part of its last. */
function partsOf(from: number, to: number): Part[] {
  const [first, last] = [Math.floor(from), Math.ceil(to) - 1]
  if (first === last) return [{ from: first, to: first + 1, weight: to - from }]
  return [
    { from: first, to: first + 1, weight: first + 1 - from },
    { from: first + 1, to: last, weight: 1 },
    { from: last, to: last + 1, weight: to - last },
  ]
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
