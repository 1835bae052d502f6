/**
 * Pixels of a coarser level as OpenSlide 4 gives them to TIAToolbox: a corner in baseline pixels lies at a fraction of a level pixel, so each
 * pixel is a mean of its neighbours, weighted in floating point and rounded down. Tiles are painted one by one, the lower right first, and each
 * leaves a rounded share in the pixels at its edge. A large picture is painted in pieces, each from a whole baseline pixel of its own. Beyond the
 * level a pixel is transparent where it lies on the edge; TIAToolbox fills the rest with opaque white and lays the picture on white only after
 * it has resized it. Pure.
 */

import type { Level, ReadRequest } from '../core/slide.js'
import type { Size } from '../geometry/region.js'
import { roundHalfEven } from '../geometry/round.js'

/** Pixels `start + k + part` of a level for k below `length`, from pixel `at` of the picture on. */
interface Piece {
  readonly at: number
  readonly start: number
  readonly part: number
  readonly length: number
}

/** The pieces of a picture along an axis; `first` is the pixel of the level that TIAToolbox takes its first one for when it fills. */
interface Axis {
  readonly first: number
  readonly length: number
  readonly pieces: readonly Piece[]
}

/** Where the pixels of a picture lie when they do not lie on whole pixels. */
export interface Moved {
  readonly x: Axis
  readonly y: Axis
}

/** RGB, or RGBA where some pixels are transparent. */
export interface MovedPixels {
  readonly data: Uint8Array
  readonly channels: 3 | 4
}

/** cairo takes a picture for unmoved when it is off by less (measured: between 1.05 and 1.28 of 1/256 pixel, both axes together). */
const unmoved = 1.2 / 256

/** OpenSlide's downsample is one number: the mean of both axes. */
function openSlideDownsample({ downsample: { x, y } }: Level): number {
  return (x + y) / 2
}

export function movedFor({ region }: ReadRequest, level: Level): Moved {
  const down = openSlideDownsample(level)
  return { x: axisOf(region.x, region.width, down), y: axisOf(region.y, region.height, down) }
}

/** Pixels of a picture that OpenSlide paints at once, along each axis. */
const atOnce = 4096

function axisOf(corner: number, length: number, down: number): Axis {
  const pixels = Math.max(1, roundHalfEven(length / down))
  const pieces: Piece[] = []
  for (let at = 0; at < pixels; at += atOnce) {
    const from = Math.trunc(corner + at * down)
    // Left of the slide OpenSlide moves by whole pixels, towards the slide.
    const lies = from < 0 ? Math.trunc(from / down) + 0 : from / down
    const start = Math.floor(lies)
    pieces.push({ at, start, part: fixed(lies - start), length: Math.min(atOnce, pixels - at) })
  }
  return { first: roundHalfEven(corner / down), length: pixels, pieces }
}

/** pixman knows places to the 65,536th of a pixel: what lies between goes to the nearest, and now and then a sum to the grey level below. */
const fixed = (part: number) => Math.round(part * 65536) / 65536

/** Whether all pixels are those of the level, as they stand there. */
export function isUnmoved({ x, y }: Moved): boolean {
  const stands = ({ first }: Axis, { at, start, part }: Piece) => part === 0 && start === first + at
  return pairsOf(x, y).every(([across, down]) => stands(x, across) && stands(y, down))
}

/** Every piece of the picture: cairo moves along both axes, or along none. */
function pairsOf(x: Axis, y: Axis): (readonly [Piece, Piece])[] {
  return y.pieces.flatMap((down) =>
    x.pieces.map((across) =>
      isWhole(across.part) && isWhole(down.part) ? ([whole(across), whole(down)] as const) : ([across, down] as const),
    ),
  )
}

const isWhole = (part: number) => part < unmoved || part > 1 - unmoved
const whole = (piece: Piece): Piece => ({ ...piece, start: piece.start + Math.round(piece.part), part: 0 })

/** The whole level pixels that are needed. */
export function sourceOf({ x, y }: Moved): { x: number; y: number } & Size {
  const [across, down] = [spanOf(x), spanOf(y)]
  return { x: across.from, y: down.from, width: across.to - across.from, height: down.to - down.from }
}

/** With one pixel more where a piece lies between two. */
function spanOf({ pieces }: Axis): { from: number; to: number } {
  const from = Math.min(...pieces.map(({ start }) => start))
  return { from, to: Math.max(...pieces.map(endOf)) }
}

const endOf = ({ start, part, length }: Piece) => start + length + (part > 0 ? 1 : 0)

/** `source`: RGB of `sourceOf(moved)`. */
export function moveAsOpenSlide(source: Uint8Array, moved: Moved, level: Level): MovedPixels {
  const { x, y } = moved
  const channels = lies(x, level.width) && lies(y, level.height) ? 3 : 4
  const data = new Uint8Array(x.length * y.length * channels)
  const from = sourceOf(moved)
  const stride = from.width * 3
  for (const [across, down] of pairsOf(x, y)) {
    const columns = sharesOf(across, level.width, level.tile.width)
    const rows = sharesOf(down, level.height, level.tile.height)
    const toNext = across.part > 0 ? 3 : 0
    const toBelow = down.part > 0 ? stride : 0
    for (let j = 0; j < down.length; j++) {
      const row = down.at + j
      const fill = !isIn(y.first + row, level.height)
      const line = (down.start - from.y + j) * stride + (across.start - from.x) * 3
      let to = (row * x.length + across.at) * channels
      for (let i = 0; i < across.length; i++, to += channels) {
        if (fill || !isIn(x.first + across.at + i, level.width)) data.fill(255, to, to + channels)
        else paint(source, line + i * 3, toNext, toBelow, columns[i]!, rows[j]!, data, to, channels)
      }
    }
  }
  return { data, channels }
}

const isIn = (at: number, length: number) => at >= 0 && at < length
const lies = (axis: Axis, size: number) => {
  const { from, to } = spanOf(axis)
  return Math.min(from, axis.first) >= 0 && Math.max(to, axis.first + axis.length) <= size
}

/** One painting of one axis: a source pixel's share, and that of the one behind it, of the same tile. Outside of the level there is no share. */
interface Share {
  readonly near: number
  readonly far: number
}

/** What each pixel of an axis is painted from, the last tile first. */
function sharesOf({ start, part, length }: Piece, size: number, tile: number): Share[][] {
  return Array.from({ length }, (_, k) => {
    const at = start + k
    const near = isIn(at, size) ? 1 - part : 0
    const far = part > 0 && isIn(at + 1, size) ? part : 0
    if (far === 0 || near === 0 || Math.floor(at / tile) === Math.floor((at + 1) / tile)) return [{ near, far }]
    return [
      { near: 0, far },
      { near, far: 0 },
    ]
  })
}

const painted = new Float64Array(4)

function paint(
  source: Uint8Array,
  at: number,
  toNext: number,
  toBelow: number,
  columns: readonly Share[],
  rows: readonly Share[],
  out: Uint8Array,
  to: number,
  channels: 3 | 4,
): void {
  painted.fill(0)
  for (const down of rows) {
    for (const across of columns) {
      const alpha = (across.near + across.far) * (down.near + down.far)
      if (alpha === 0) continue
      // A tile adds no more than what is missing to opaque.
      const share = Math.min(1, (1 - painted[3]! / 255) / alpha)
      for (let c = 0; c < 3; c++) {
        const s = at + c
        const upper = source[s]! * across.near + source[s + toNext]! * across.far
        const lower = source[s + toBelow]! * across.near + source[s + toBelow + toNext]! * across.far
        painted[c] = toByte((upper * down.near + lower * down.far) * share + painted[c]!)
      }
      painted[3] = toByte(255 * alpha * share + painted[3]!)
    }
  }
  const alpha = painted[3]!
  for (let c = 0; c < 3; c++)
    out[to + c] = alpha === 255 || alpha === 0 ? painted[c]! : Math.min(255, Math.floor((255 * painted[c]!) / alpha))
  if (channels === 4) out[to + 3] = alpha
}

/** pixman's: 256 equal steps from 0 to 1, of which the last holds 1. The hair keeps a sum that is whole from falling below it. */
const toByte = (value: number): number => Math.min(255, Math.floor((value * 256) / 255 + 1e-6))

/** RGBA on white, as Pillow composes it. */
export function onWhite(rgba: Uint8Array, out: Uint8Array): void {
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!
    for (let c = 0; c < 3; c++) out[to + c] = Math.round((rgba[from + c]! * alpha + 255 * (255 - alpha)) / 255)
  }
}
