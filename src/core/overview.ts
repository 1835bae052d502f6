/**
 * The whole slide in a small size: for masks, thumbnails and overlays. Read in strips of the nearest level and shrunk row by
 * row, so memory is a strip and the answer, whatever the slide; the bytes are those of shrinking the whole level at once.
 */

import { everyTurn } from '../flow/turn.js'
import { AreaStream } from '../geometry/area-stream.js'
import type { Region, Size } from '../geometry/region.js'
import { pieceBytes, resizeRows } from '../geometry/resample.js'
import type { Level, ReadOptions, Slide } from './slide.js'

/** Takes a part of the slide that cannot be read, in baseline pixels, and the reason. */
export type Unread = (region: Region, why: Error) => void

export interface OverviewOptions {
  readonly signal?: AbortSignal
  /** Is told of tiles that cannot be read: they are white. Absent: the first of them is thrown. */
  readonly unread?: Unread | undefined
}

/** A strip has whole tile rows, and as many as fit in this, at least one row of pixels. */
const stripBytes = 4 * 2 ** 20

/** RGB bytes of the whole slide at `size`: by area where it shrinks, cubic where the size asks for more than the slide has. */
export async function overviewOf(slide: Slide, size: Size, options: OverviewOptions = {}): Promise<Size & { readonly data: Uint8Array }> {
  return wholeOf(overviewRows(slide, size, options), size)
}

async function wholeOf(rows: AsyncIterable<OverviewRows>, { width, height }: Size): Promise<Size & { readonly data: Uint8Array }> {
  const data = new Uint8Array(width * height * 3)
  for await (const { top, pixels } of rows) data.set(pixels, top * width * 3)
  return { width, height, data }
}

/** Finished rows of an overview, the first of them at `top`. The pixels are valid until the next. */
export interface OverviewRows {
  readonly top: number
  readonly pixels: Uint8Array
}

/** The same, some rows at a time, for those who need no picture of it. */
export async function* overviewRows(slide: Slide, size: Size, options: OverviewOptions = {}): AsyncGenerator<OverviewRows> {
  const { shrunk, rows } = shrinking(slide, size, options)
  if (shrunk.width === size.width && shrunk.height === size.height) yield* rows
  else yield* enlarged(await wholeOf(rows, shrunk), size, options.signal)
}

async function* enlarged(small: Size & { readonly data: Uint8Array }, size: Size, signal?: AbortSignal): AsyncGenerator<OverviewRows> {
  const run = size.width * 3
  const most = Math.max(1, Math.floor(pieceBytes / run))
  const pixels = new Uint8Array(Math.min(most, size.height) * run)
  const turn = everyTurn()
  for (let top = 0; top < size.height; top += most) {
    const to = Math.min(top + most, size.height)
    resizeRows(small.data, small, pixels, size, 'cubic', { from: top, to })
    yield { top, pixels: pixels.subarray(0, (to - top) * run) }
    await turn((to - top) * run)
    signal?.throwIfAborted()
  }
}

/** The rows at `size`, or at the level's own where that has fewer. Nothing is read before the first is asked for. */
function shrinking(slide: Slide, size: Size, options: OverviewOptions) {
  const index = levelFor(slide.info.levels, size)
  const level = slide.info.levels[index]!
  const shrunk = { width: Math.min(size.width, level.width), height: Math.min(size.height, level.height) }
  const rows = async function* (): AsyncGenerator<OverviewRows> {
    const stream = new AreaStream(level, shrunk)
    let pixels = new Uint8Array(0)
    for await (const { strip, count } of strips(slide, index, shrunk, options)) {
      const top = stream.rows
      const most = Math.ceil((count * shrunk.height) / level.height) + 1
      if (pixels.length < most * shrunk.width * 3) pixels = new Uint8Array(most * shrunk.width * 3)
      if (strip === null) stream.pushWhite(count, pixels, top)
      else stream.push(strip, count, pixels, top)
      if (stream.rows > top) yield { top, pixels: pixels.subarray(0, (stream.rows - top) * shrunk.width * 3) }
    }
  }
  return { shrunk, rows: rows() }
}

/** The coarsest level that need not be enlarged (to three decimals), or 0. */
function levelFor(levels: readonly Level[], { width, height }: Size): number {
  return Math.max(
    0,
    levels.findLastIndex((l) => width / l.width < 1.0005 && height / l.height < 1.0005),
  )
}

interface Strip {
  /** Null: white. */
  readonly strip: Uint8Array | null
  readonly count: number
}

/** The level from top to bottom, in one buffer that is used again and again. What the file leaves out is not read at all. */
async function* strips(slide: Slide, index: number, shrunk: Size, options: OverviewOptions): AsyncGenerator<Strip> {
  const { signal, unread } = options
  const { width, height, downsample, tile } = slide.info.levels[index]!
  const affordable = Math.max(1, Math.floor(stripBytes / (width * 3)))
  const tall = affordable >= tile.height ? affordable - (affordable % tile.height) : affordable
  const buffer = new Uint8Array(Math.min(tall, height) * width * 3)
  // As many white rows at once as make a strip of the overview.
  const white = Math.max(1, Math.floor((stripBytes / (shrunk.width * 3)) * (height / shrunk.height)))
  let whiteTo = 0
  // White rows are there without any waiting.
  const turn = everyTurn()
  for (let y = 0; y < height; ) {
    signal?.throwIfAborted()
    if (y >= whiteTo) whiteTo = y + ((await slide.blankRows?.(index, y)) ?? 0)
    if (y < whiteTo) {
      const count = Math.min(white, whiteTo - y)
      yield { strip: null, count }
      y += count
      await turn((shrunk.width * 3 * count * shrunk.height) / height)
      continue
    }
    const rows = Math.min(tall - (y % tall), height - y)
    const region = { x: 0, y: y * downsample.y, width: width * downsample.x, height: rows * downsample.y }
    const out = buffer.subarray(0, rows * width * 3)
    const asked = { ...(signal === undefined ? {} : { signal }), keepBelow: region.y + region.height }
    const [failed] = await slide.read([{ region, width, height: rows, level: index }], [out], asked)
    if (failed && unread === undefined) throw failed
    if (failed) await readTiles(slide, index, { y, rows }, out, asked, unread!)
    yield { strip: out, count: rows }
    y += rows
  }
}

/** Rows of a level tile by tile: those that cannot be read are white, and told. */
async function readTiles(
  slide: Slide,
  index: number,
  { y, rows }: { readonly y: number; readonly rows: number },
  out: Uint8Array,
  options: ReadOptions,
  unread: Unread,
): Promise<void> {
  const { width, downsample, tile } = slide.info.levels[index]!
  for (let top = y; top < y + rows; ) {
    const height = Math.min(tile.height - (top % tile.height), y + rows - top)
    const lefts = Array.from({ length: Math.ceil(width / tile.width) }, (_, i) => i * tile.width)
    const sizes = lefts.map((left) => ({ width: Math.min(tile.width, width - left), height }))
    const regions = sizes.map((size, i) => ({
      x: lefts[i]! * downsample.x,
      y: top * downsample.y,
      width: size.width * downsample.x,
      height: height * downsample.y,
    }))
    const pixels = sizes.map((size) => new Uint8Array(size.width * height * 3))
    const requests = sizes.map((size, i) => ({ region: regions[i]!, ...size, level: index }))
    const failed = await slide.read(requests, pixels, options)
    for (const [i, own] of pixels.entries()) {
      const why = failed[i]
      if (why) {
        own.fill(255)
        unread(regions[i]!, why)
      }
      const run = sizes[i]!.width * 3
      for (let row = 0; row < height; row++) out.set(own.subarray(row * run, (row + 1) * run), ((top - y + row) * width + lefts[i]!) * 3)
    }
    top += height
  }
}
