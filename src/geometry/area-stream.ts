/**
 * Shrinking by area, fed row by row: a slide of any height becomes an overview while only one output row is held.
 * Whole pictures go the same way (see `resample.ts`), so both give the same bytes.
 */

import { areaSpans, type Spans } from './axis.js'
import type { Size } from './region.js'

export class AreaStream {
  readonly #source: Size
  readonly #channels: number
  readonly #columns: Spans
  readonly #rows: Spans
  /** One source row shrunk along x, and the output row being summed up. */
  readonly #narrow: Float64Array
  readonly #sum: Float64Array
  /** Both factors whole: sums of whole numbers, divided once, so that ties round as OpenCV rounds them. */
  readonly #whole: boolean
  readonly #halves: boolean
  #in = 0
  #out = 0

  /** Both sides of `source` must be at least those of `out`. */
  constructor(source: Size, out: Size, channels = 3) {
    if (source.width < out.width || source.height < out.height || out.width < 1 || out.height < 1) {
      throw new RangeError(`area shrinks only: ${source.width} x ${source.height} to ${out.width} x ${out.height}`)
    }
    this.#source = source
    this.#channels = channels
    this.#columns = areaSpans(source.width, out.width)
    this.#rows = areaSpans(source.height, out.height)
    this.#narrow = new Float64Array(out.width * channels)
    this.#sum = new Float64Array(out.width * channels)
    this.#whole = source.width % out.width === 0 && source.height % out.height === 0
    this.#halves = this.#whole && source.width === 2 * out.width && source.height === 2 * out.height
  }

  /** Output rows finished so far. */
  get rows(): number {
    return this.#out
  }

  /** Begins again with the first row. */
  restart(): void {
    this.#in = 0
    this.#out = 0
  }

  /** Takes `count` source rows that begin at `offset`; each finished output row is written to its place in `out`, the whole output picture. */
  push(rows: Uint8Array, count: number, out: Uint8Array, offset = 0): void {
    const stride = this.#source.width * this.#channels
    if (this.#in + count > this.#source.height) throw new RangeError('more rows than the source has')
    const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, out.length)
    for (let i = 0; i < count; i++) this.#pushRow(rows, offset + i * stride, clamped)
  }

  #pushRow(rows: Uint8Array, offset: number, out: Uint8ClampedArray): void {
    const { start, offset: first, weights } = this.#rows
    const y = this.#in++
    if (this.#out >= start.length || y < start[this.#out]!) return
    if (this.#channels === 3) narrow3(rows, offset, this.#columns, this.#narrow, this.#whole)
    else narrowAny(rows, offset, this.#columns, this.#narrow, this.#whole, this.#channels)
    // A source row lies in one output row, or across the border of two.
    while (this.#out < start.length && y >= start[this.#out]!) {
      const k = y - start[this.#out]!
      const begin = first[this.#out]!
      const last = first[this.#out + 1]! - begin - 1
      if (k > last) return
      this.#add(this.#whole ? 1 : weights[begin + k]!, k === 0)
      if (k < last) return
      this.#finish(out)
      this.#out++
    }
  }

  #add(weight: number, isFirst: boolean): void {
    const sum = this.#sum
    const narrow = this.#narrow
    if (isFirst) for (let i = 0; i < sum.length; i++) sum[i] = narrow[i]! * weight
    else for (let i = 0; i < sum.length; i++) sum[i]! += narrow[i]! * weight
  }

  #finish(out: Uint8ClampedArray): void {
    const sum = this.#sum
    const to = this.#out * sum.length
    if (this.#halves) {
      for (let i = 0; i < sum.length; i++) out[to + i] = (sum[i]! + 2) >> 2
      return
    }
    const share = this.#whole
      ? Math.fround(sum.length / this.#channels / this.#source.width / (this.#source.height / this.#rows.start.length))
      : 1
    // A clamped array rounds to the nearest, ties to even: what cvRound does.
    for (let i = 0; i < sum.length; i++) out[to + i] = sum[i]! * share
  }
}

function narrow3(rows: Uint8Array, at: number, { start, offset, weights }: Spans, out: Float64Array, whole: boolean): void {
  let k = 0
  for (let d = 0, o = 0; d < start.length; d++, o += 3) {
    const end = offset[d + 1]!
    let s = at + start[d]! * 3
    let r = 0
    let g = 0
    let b = 0
    for (; k < end; k++, s += 3) {
      const w = whole ? 1 : weights[k]!
      r += rows[s]! * w
      g += rows[s + 1]! * w
      b += rows[s + 2]! * w
    }
    out[o] = r
    out[o + 1] = g
    out[o + 2] = b
  }
}

function narrowAny(
  rows: Uint8Array,
  at: number,
  { start, offset, weights }: Spans,
  out: Float64Array,
  whole: boolean,
  channels: number,
): void {
  for (let d = 0; d < start.length; d++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0
      let s = at + start[d]! * channels + c
      for (let k = offset[d]!; k < offset[d + 1]!; k++, s += channels) sum += rows[s]! * (whole ? 1 : weights[k]!)
      out[d * channels + c] = sum
    }
  }
}
