/**
 * Shrinking by area, fed row by row: a slide of any height becomes an overview while one row of sums is held. Rows are summed
 * downwards first, which runs through plain arrays, and only a finished row is narrowed. Whole pictures go the same way
 * (`resample.ts`), so both give the same bytes.
 */

import { areaSpans, areaSpansOf, counted, type PartSpans, shareOf } from './axis.js'
import type { Region, Size } from './region.js'

const WHITE = 255

export class AreaStream {
  readonly #channels: number
  readonly #part: Region
  readonly #columns: PartSpans
  readonly #rows: PartSpans
  /** The weighted sum of the source rows of the output row in hand. */
  readonly #sum: Float64Array
  /** Of `counted` samples; else 1. */
  readonly #share: number
  readonly #halves: boolean
  /** Rounding makes 255 of white everywhere; shares that OpenCV leaves out may cost a grey level. */
  readonly #staysWhite: boolean
  #white: Uint8Array | undefined
  #in = 0
  #out = 0

  /**
   * Both sides of `source` must be at least those of `out`. Only the rows of `part` are pushed, and only its columns: the rest of the source is
   * white, and costs nothing however far it reaches. Where both factors are 2, a part begins and ends at even places.
   */
  constructor(source: Size, out: Size, channels = 3, part: Region = { x: 0, y: 0, width: source.width, height: source.height }) {
    if (source.width < out.width || source.height < out.height || out.width < 1 || out.height < 1) {
      throw new RangeError(`area shrinks only: ${source.width} x ${source.height} to ${out.width} x ${out.height}`)
    }
    const across = source.width / out.width
    const down = source.height / out.height
    const whole = Number.isInteger(across) && Number.isInteger(down)
    this.#part = part
    this.#channels = channels
    this.#columns = spansOf(source.width, out.width, part.x, part.width, whole)
    this.#rows = spansOf(source.height, out.height, part.y, part.height, whole)
    this.#sum = new Float64Array(part.width * channels)
    this.#share = whole ? shareOf(across, down) : 1
    this.#halves = across === 2 && down === 2
    this.#staysWhite = WHITE * least(this.#columns) * least(this.#rows) * this.#share > 254.6
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

  /** The same for rows that are white all over: those of the output that lie wholly within them are not worked out. */
  pushWhite(count: number, out: Uint8Array, top = 0): void {
    this.#white ??= new Uint8Array(this.#part.width * this.#channels).fill(WHITE)
    this.#take(this.#white, 0, count, out, top)
  }

  /** Takes `count` source rows from `rows`; each finished output row is written to its place in `out`, the output picture from row `top` on. */
  push(rows: Uint8Array, count: number, out: Uint8Array, top = 0): void {
    const stride = this.#part.width * this.#channels
    if (rows.length < count * stride) throw new RangeError('more rows than were given')
    this.#take(rows, stride, count, out, top)
  }

  /** `step` 0: one white row stands for all. */
  #take(rows: Uint8Array, step: number, count: number, out: Uint8Array, top: number): void {
    const { start, offset, weights, rest } = this.#rows
    const stride = this.#part.width * this.#channels
    const end = this.#in + count
    if (end > this.#part.height) throw new RangeError('more rows than the source has')
    const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, out.length)
    while (this.#out < start.length) {
      const first = start[this.#out]!
      const last = first + offset[this.#out + 1]! - offset[this.#out]!
      // A row at the border of two output rows belongs to both; it never lies further back than this push.
      const from = Math.max(first, this.#in)
      const to = Math.min(last, end)
      if (step === 0 && from === first && to === last && this.#staysWhite) {
        const run = this.#columns.start.length * this.#channels
        clamped.fill(WHITE, (this.#out - top) * run, (this.#out - top + 1) * run)
        this.#out++
        continue
      }
      if (from === first) this.#sum.fill(WHITE * rest[this.#out]!)
      if (from < to) addRows(rows, (from - this.#in) * step, stride, step, to - from, weights, offset[this.#out]! + from - first, this.#sum)
      if (last > end) break
      this.#narrow(clamped, this.#out - top)
      this.#out++
    }
    this.#in = end
  }

  #narrow(out: Uint8ClampedArray, row: number): void {
    const { start } = this.#columns
    const to = row * start.length * this.#channels
    // What a column of white has summed up to in this row.
    const { offset, weights, rest } = this.#rows
    let white = rest[this.#out]!
    if (this.#columns.rest.some((share) => share !== 0)) {
      for (let k = offset[this.#out]!; k < offset[this.#out + 1]!; k++) white += weights[k]!
    }
    white *= WHITE
    if (this.#halves) narrowHalf(this.#sum, this.#columns, this.#channels, out, to)
    else if (this.#channels === 3) narrow3(this.#sum, this.#columns, this.#share, white, out, to)
    else narrowAny(this.#sum, this.#columns, this.#share, white, out, to, this.#channels)
  }
}

/** The smallest sum of the weights of an output sample. */
function least({ start, offset, weights, rest }: PartSpans): number {
  let smallest = Infinity
  for (let d = 0; d < start.length; d++) {
    let sum = rest[d]!
    for (let k = offset[d]!; k < offset[d + 1]!; k++) sum += weights[k]!
    smallest = Math.min(smallest, sum)
  }
  return smallest
}

function spansOf(length: number, outLength: number, from: number, count: number, whole: boolean): PartSpans {
  if (count < length) return areaSpansOf(length, outLength, { from, to: from + count }, whole)
  const spans = areaSpans(length, outLength)
  return whole ? counted(spans) : spans
}

/** Adds weighted rows to `sum`, four at a time; the order of additions is that of the rows, however many come at once. */
function addRows(
  rows: Uint8Array,
  offset: number,
  stride: number,
  step: number,
  count: number,
  w: Float64Array,
  first: number,
  sum: Float64Array,
) {
  let at = offset
  let k = first
  let left = count
  while (left > 0) {
    const [a, b, c, d] = [at, at + step, at + 2 * step, at + 3 * step]
    const [wa, wb, wc, wd] = [w[k]!, w[k + 1]!, w[k + 2]!, w[k + 3]!]
    const n = Math.min(left, 4)
    if (n === 4)
      for (let i = 0; i < stride; i++) sum[i] = sum[i]! + rows[a + i]! * wa + rows[b + i]! * wb + rows[c + i]! * wc + rows[d + i]! * wd
    else if (n === 3) for (let i = 0; i < stride; i++) sum[i] = sum[i]! + rows[a + i]! * wa + rows[b + i]! * wb + rows[c + i]! * wc
    else if (n === 2) for (let i = 0; i < stride; i++) sum[i] = sum[i]! + rows[a + i]! * wa + rows[b + i]! * wb
    else for (let i = 0; i < stride; i++) sum[i] = sum[i]! + rows[a + i]! * wa
    at += n * step
    k += n
    left -= n
  }
}

/** Writing to a clamped array rounds to the nearest, ties to even: what cvRound does. */
function narrow3(
  sum: Float64Array,
  { start, offset, weights, rest }: PartSpans,
  share: number,
  white: number,
  out: Uint8ClampedArray,
  to: number,
): void {
  let k = 0
  for (let d = 0, o = to; d < start.length; d++, o += 3) {
    const end = offset[d + 1]!
    let s = start[d]! * 3
    const outside = white * rest[d]!
    let r = outside
    let g = outside
    let b = outside
    for (; k < end; k++, s += 3) {
      const w = weights[k]!
      r += sum[s]! * w
      g += sum[s + 1]! * w
      b += sum[s + 2]! * w
    }
    out[o] = r * share
    out[o + 1] = g * share
    out[o + 2] = b * share
  }
}

function narrowAny(
  sum: Float64Array,
  { start, offset, weights, rest }: PartSpans,
  share: number,
  white: number,
  out: Uint8ClampedArray,
  to: number,
  channels: number,
): void {
  for (let d = 0; d < start.length; d++) {
    for (let c = 0; c < channels; c++) {
      let total = white * rest[d]!
      let s = start[d]! * channels + c
      for (let k = offset[d]!; k < offset[d + 1]!; k++, s += channels) total += sum[s]! * weights[k]!
      out[to + d * channels + c] = total * share
    }
  }
}

/** Halves round up, unlike any other factor: OpenCV has a path of its own for them. */
function narrowHalf(sum: Float64Array, { start, offset }: PartSpans, channels: number, out: Uint8ClampedArray, to: number): void {
  for (let d = 0, o = to; d < start.length; d++) {
    const outside = offset[d] === offset[d + 1]
    for (let c = 0, s = start[d]! * channels; c < channels; c++, s++) out[o++] = outside ? WHITE : (sum[s]! + sum[s + channels]! + 2) >> 2
  }
}
