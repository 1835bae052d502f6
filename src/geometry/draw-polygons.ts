/**
 * Polygons as a picture of ones and zeros. A pixel is set when its centre lies inside a polygon (holes excepted, even-odd) or inside
 * several, and in none that is cut out. Drawn row by row from the edges that cross the row's centre, into blocks: a slide of 100,000 × 100,000 pixels in its own pixels
 * costs what its outlines are long.
 */

import { BitBlocks, side, TooMixed } from './bit-blocks.js'
import type { Polygon } from './polygons.js'
import type { Size } from './region.js'

/** Crossings of edges with rows: what drawing costs. More than this is no annotation of a person. */
const mostCrossings = 2 ** 29
/** Where more than this would be drawn, larger pixels do: some seconds, and the outlines of a hundred thousand cells. */
const fine = { pixels: 2 ** 34, crossings: 2 ** 26, blocks: 2 ** 17 }

export interface Drawing {
  readonly pixels: BitBlocks
  /** Polygons in which lies no centre of a pixel: they are not there. */
  readonly vanished: number
}

/**
 * In pixels of the slide; where there are too many or their outlines are too long in pixels twice, four times … as large, down to `least`.
 * Pauses after every so many steps. Throws RangeError where `least` is too much, too.
 */
export function* drawFine(polygons: readonly Polygon[], slide: Size, least: Size, how: DrawingOptions = {}): Generator<number, Drawing> {
  const outlines = yield* outlinesOf([...polygons, ...(how.cut ?? [])], slide)
  for (let step = 1; ; step *= 2) {
    const size = { width: Math.ceil(slide.width / step), height: Math.ceil(slide.height / step) }
    if (size.width <= least.width || size.height <= least.height) return yield* rasterise(polygons, slide, least, how)
    if (size.width * size.height > fine.pixels || outlines.down / step > fine.crossings) continue
    if (blocksCrossed(outlines, size, step) > fine.blocks) continue
    try {
      return yield* rasterise(polygons, slide, size, how)
    } catch (error) {
      if (!(error instanceof TooMixed)) throw error
    }
  }
}

/** How long outlines are in baseline pixels, as far as they lie on the slide. */
interface Outlines {
  readonly across: number
  readonly down: number
  readonly rings: number
}

function* outlinesOf(polygons: readonly Polygon[], { width, height }: Size): Generator<number, Outlines> {
  let [across, down, rings] = [0, 0, 0]
  for (const polygon of polygons) {
    for (const ring of polygon) {
      for (let i = 0; i < ring.length; i++) {
        const [a, b] = [ring[i]!, ring[i + 1 < ring.length ? i + 1 : 0]!]
        across += Math.abs(within(a[0], width) - within(b[0], width))
        down += Math.abs(within(a[1], height) - within(b[1], height))
      }
      rings++
      yield 16 * ring.length
    }
  }
  return { across, down, rings }
}

const within = (v: number, most: number) => Math.min(Math.max(v, 0), most)

/** About how many: by chance some are crossed by several outlines. */
function blocksCrossed({ across, down, rings }: Outlines, { width, height }: Size, step: number): number {
  const all = (width * height) / side ** 2
  return all * (1 - Math.exp(-(rings + (across + down) / (side * step)) / all))
}

interface DrawingOptions {
  /** What is not there, whatever else is. */
  readonly cut?: readonly Polygon[]
  /** What an outline goes round twice is inside, too: as programs have it whose outlines are drawn by hand and have no holes. */
  readonly isWound?: boolean
}

/** Draws polygons over a slide of baseline size `slide` into a picture of `size`. */
export function* rasterise(
  polygons: readonly Polygon[],
  slide: Size,
  size: Size,
  { cut = [], isWound = false }: DrawingOptions = {},
  most = mostCrossings,
): Generator<number, Drawing> {
  const edges = yield* edgesOf([...polygons, ...cut], slide, size, most)
  const pixels = new BitBlocks(size)
  const filled = new Uint8Array(polygons.length + cut.length)
  const active: number[] = []
  const row = new Row(size.width, polygons.length, isWound)
  let next = 0
  for (let y = 0; y < size.height; y++) {
    for (; next < edges.count && edges.from[next]! === y; next++) active.push(next)
    row.clear()
    for (let i = 0; i < active.length; ) {
      const edge = active[i]!
      if (edges.end[edge]! > y) {
        row.cross(edges.owner[edge]!, edges.columnAt(edge, y), edges.down[edge]!)
        i++
      } else {
        active[i] = active.at(-1)!
        active.pop()
      }
    }
    pixels.pushRuns(row.runs(filled))
    yield 64 + active.length * 64 + size.width / 8
  }
  return { pixels, vanished: filled.subarray(0, polygons.length).reduce((sum, one) => sum + (1 - one), 0) }
}

/** Edges that cross the centre of a row, ordered by the first one. */
interface Edges {
  readonly count: number
  readonly from: Uint32Array
  /** The row after the last one. */
  readonly end: Uint32Array
  /** Whose edge it is. */
  readonly owner: Uint32Array
  /** 1 where its outline runs downwards, else 0. */
  readonly down: Uint8Array
  /** The first pixel whose centre is right of where the edge crosses the centre of a row. */
  columnAt(edge: number, y: number): number
}

function* edgesOf(polygons: readonly Polygon[], slide: Size, { width, height }: Size, most: number): Generator<number, Edges> {
  const scale = { x: width / slide.width, y: height / slide.height }
  const starts = new Uint32Array(height + 1)
  /** The first row whose centre is not above. */
  const rowFrom = (v: number) => within(Math.ceil(v * scale.y - 0.5), height)
  let count = 0
  let crossings = 0
  for (const polygon of polygons) {
    for (const ring of polygon) {
      for (let i = 0; i < ring.length; i++) {
        const [a, b] = [ring[i]![1], ring[i + 1 < ring.length ? i + 1 : 0]![1]]
        const [first, to] = [rowFrom(Math.min(a, b)), rowFrom(Math.max(a, b))]
        if (first >= to) continue
        count++
        crossings += to - first
        starts[first + 1]!++
      }
      yield 32 * ring.length
    }
    if (crossings > most) throw new RangeError(`the polygons are too many or too large for a mask of ${width} x ${height}`)
  }
  for (let y = 0; y < height; y++) starts[y + 1]! += starts[y]!
  const [from, end, owner] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)]
  const down = new Uint8Array(count)
  const [x, y, slope] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)]
  for (let p = 0; p < polygons.length; p++) {
    for (const ring of polygons[p]!) {
      for (let i = 0; i < ring.length; i++) {
        const [a, b] = [ring[i]!, ring[i + 1 < ring.length ? i + 1 : 0]!]
        const [top, bottom] = a[1] <= b[1] ? [a, b] : [b, a]
        const [first, to] = [rowFrom(top[1]), rowFrom(bottom[1])]
        if (first >= to) continue
        const at = starts[first]!++
        from[at] = first
        end[at] = to
        owner[at] = p
        down[at] = top === a ? 1 : 0
        x[at] = top[0]
        y[at] = top[1]
        slope[at] = (bottom[0] - top[0]) / (bottom[1] - top[1])
      }
      yield 64 * ring.length
    }
  }
  const columnAt = (edge: number, row: number) => {
    const crossing = (x[edge]! + ((row + 0.5) / scale.y - y[edge]!) * slope[edge]!) * scale.x
    const column = Math.ceil(crossing - 0.5)
    return column > 0 ? Math.min(column, width) : 0
  }
  return { count, from, end, owner, down, columnAt }
}

/** What crosses one row, as runs of ones: within a polygon from odd to even crossings, or as long as it is wound around; of all polygons together. */
class Row {
  /** Whole numbers in one, which sort by the first: polygon, column and direction of a crossing; beginning and end of a run. */
  #pairs = new Float64Array(64)
  #count = 0
  readonly #stride: number

  /** `owners`: polygons from this one on are cut out of those before. */
  constructor(
    width: number,
    private readonly owners: number,
    private readonly isWound: boolean,
  ) {
    this.#stride = width + 1
  }

  clear(): void {
    this.#count = 0
  }

  cross(owner: number, column: number, down: number): void {
    if (this.#count === this.#pairs.length) {
      const more = new Float64Array(2 * this.#count)
      more.set(this.#pairs)
      this.#pairs = more
    }
    this.#pairs[this.#count++] = (owner * this.#stride + column) * 2 + down
  }

  /** Marks whose runs they are. Valid until the next row. */
  runs(filled: Uint8Array): Float64Array {
    const pairs = this.#pairs
    const stride = this.#stride
    pairs.subarray(0, this.#count).sort()
    let [count, drawn] = [0, 0]
    let [from, around] = [0, 0]
    for (let i = 0; i < this.#count; i++) {
      const place = Math.floor(pairs[i]! / 2)
      const owner = Math.floor(place / stride)
      const column = place - owner * stride
      if (around === 0) from = column
      // Every outline is closed: at the last crossing of its polygon there is nothing around.
      around = this.isWound ? around + (pairs[i]! % 2 === 1 ? 1 : -1) : 1 - around
      if (around !== 0 || from === column) continue
      filled[owner] = 1
      pairs[count++] = from * stride + column
      if (owner < this.owners) drawn = count
    }
    const runs = merged(pairs.subarray(0, drawn).sort(), stride)
    return drawn === count ? runs : without(runs, merged(pairs.subarray(drawn, count).sort(), stride))
  }
}

/** What is left of runs between others, both in order. */
function without(runs: Float64Array, others: Float64Array): Float64Array {
  const left = new Float64Array(runs.length + others.length)
  let [at, k] = [0, 0]
  for (let i = 0; i < runs.length; i += 2) {
    let [from, to] = [runs[i]!, runs[i + 1]!]
    for (; k < others.length && others[k + 1]! <= from; k += 2);
    for (let j = k; j < others.length && others[j]! < to; j += 2) {
      if (others[j]! > from) {
        left[at++] = from
        left[at++] = others[j]!
      }
      from = Math.max(from, others[j + 1]!)
    }
    if (from < to) {
      left[at++] = from
      left[at++] = to
    }
  }
  return left.subarray(0, at)
}

/** Runs that touch or lie over each other are one. */
function merged(sorted: Float64Array, stride: number): Float64Array {
  const runs = new Float64Array(2 * sorted.length)
  let at = 0
  for (const pair of sorted) {
    const from = Math.floor(pair / stride)
    const to = pair - from * stride
    if (at > 0 && from <= runs[at - 1]!) runs[at - 1] = Math.max(runs[at - 1]!, to)
    else {
      runs[at++] = from
      runs[at++] = to
    }
  }
  return runs.subarray(0, at)
}
