/**
 * Pixels of a coarser level as OpenSlide 4 gives them to TIAToolbox: a corner in baseline pixels lies at a fraction of a level pixel, so each
 * pixel is a mean of its neighbours, weighted in floating point and rounded down. Tiles are painted one by one, the lower right first, and each
 * leaves a rounded share in the pixels at its edge. Beyond the level a pixel is transparent where it lies on the edge; TIAToolbox fills the
 * rest with opaque white and lays the picture on white only after it has resized it. Pure.
 */

import type { Level, ReadRequest } from '../core/slide.js'
import type { Size } from '../geometry/region.js'
import { roundHalfEven } from '../geometry/round.js'

/** Pixels `start + k + part` of a level for k below `length`; `first` is the pixel that TIAToolbox takes k = 0 for when it fills. */
interface Axis {
  readonly start: number
  readonly part: number
  readonly first: number
  readonly length: number
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
export function openSlideDownsample({ downsample: { x, y } }: Level): number {
  return (x + y) / 2
}

export function movedFor({ region }: ReadRequest, level: Level): Moved {
  const down = openSlideDownsample(level)
  const x = axisOf(region.x, region.width, down)
  const y = axisOf(region.y, region.height, down)
  if (!isWhole(x.part) || !isWhole(y.part)) return { x, y }
  return { x: whole(x), y: whole(y) }
}

function axisOf(corner: number, length: number, down: number): Axis {
  const first = roundHalfEven(corner / down)
  const pixels = Math.max(1, roundHalfEven(length / down))
  // Left of the slide OpenSlide moves by whole pixels, towards the slide.
  const at = corner < 0 ? Math.trunc(corner / down) + 0 : Math.trunc(corner) / down
  const start = Math.floor(at)
  return { start, part: at - start, first, length: pixels }
}

const isWhole = (part: number) => part < unmoved || part > 1 - unmoved
const whole = (axis: Axis): Axis => ({ ...axis, start: axis.start + Math.round(axis.part), part: 0 })

/** The whole level pixels that are needed. */
export function sourceOf({ x, y }: Moved): { x: number; y: number } & Size {
  return { x: x.start, y: y.start, width: x.length + (x.part > 0 ? 1 : 0), height: y.length + (y.part > 0 ? 1 : 0) }
}

/** One painting of one axis: a source pixel's share, and that of the one behind it, of the same tile. Outside of the level there is no share. */
interface Piece {
  readonly near: number
  readonly far: number
}

/** `source`: RGB of `sourceOf(moved)`. */
export function moveAsOpenSlide(source: Uint8Array, moved: Moved, level: Level): MovedPixels {
  const { x, y } = moved
  const inside = lies(x, level.width) && lies(y, level.height)
  const channels = inside ? 3 : 4
  const data = new Uint8Array(x.length * y.length * channels)
  const columns = piecesOf(x, level.width, level.tile.width)
  const rows = piecesOf(y, level.height, level.tile.height)
  const stride = sourceOf(moved).width * 3
  const toNext = x.part > 0 ? 3 : 0
  const toBelow = y.part > 0 ? stride : 0
  let to = 0
  for (let j = 0; j < y.length; j++) {
    const down = rows[j]!
    const fill = !isIn(y.first + j, level.height)
    for (let i = 0; i < x.length; i++, to += channels) {
      if (fill || !isIn(x.first + i, level.width)) data.fill(255, to, to + channels)
      else paint(source, j * stride + i * 3, toNext, toBelow, columns[i]!, down, data, to, channels)
    }
  }
  return { data, channels }
}

const isIn = (at: number, length: number) => at >= 0 && at < length
const lies = ({ start, part, first, length }: Axis, size: number) =>
  Math.min(start, first) >= 0 && start + length + (part > 0 ? 1 : 0) <= size && first + length <= size

/** What each pixel of an axis is painted from, the last tile first. */
function piecesOf({ start, part, length }: Axis, size: number, tile: number): Piece[][] {
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
  columns: readonly Piece[],
  rows: readonly Piece[],
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
