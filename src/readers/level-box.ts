/** Which level a picture is read from, which of its pixels, and how it is made of them: TIAToolbox's rules, number for number. Pure. */

import type { Level, ReadRequest, Resampling } from '../core/slide.js'
import type { Region, Size } from '../geometry/region.js'
import type { ResampleKind } from '../geometry/resample.js'
import { roundHalfEven } from '../geometry/round.js'
import { isUnmoved, type Moved, movedFor, sourceOf } from './as-openslide.js'

/** Pixels of one level; may reach outside of it. */
export interface LevelBox extends Size {
  readonly level: number
  readonly x: number
  readonly y: number
  /** How the pixels of this box are made where they are not those of the level. */
  readonly moved?: Moved
  /** The part of it that is asked for, where that is no whole number of its pixels. */
  readonly part?: Region
}

const SCALE_DECIMALS = 1000

/** The last (coarsest) level that need not be enlarged, to three decimals; none: level 0. */
export function levelFor({ region, width, height }: ReadRequest, levels: readonly Level[]): number {
  for (let i = levels.length - 1; i > 0; i--) {
    const { x, y } = levels[i]!.downsample
    const scaleX = Math.round((width / (region.width / x)) * SCALE_DECIMALS)
    const scaleY = Math.round((height / (region.height / y)) * SCALE_DECIMALS)
    if (scaleX <= SCALE_DECIMALS && scaleY <= SCALE_DECIMALS) return i
  }
  return 0
}

export function levelBox(request: ReadRequest, levels: readonly Level[], resampling: Resampling = 'exact'): LevelBox {
  const level = request.level ?? levelFor(request, levels)
  if (resampling === 'tiatoolbox' && level > 0) return boxAsOpenSlide(request, levels[level]!, level)
  const { x, y } = levels[level]!.downsample
  const { region } = request
  return {
    level,
    x: roundHalfEven(region.x / x),
    y: roundHalfEven(region.y / y),
    width: Math.max(1, roundHalfEven(region.width / x)),
    height: Math.max(1, roundHalfEven(region.height / y)),
  }
}

function boxAsOpenSlide(request: ReadRequest, of: Level, level: number): LevelBox {
  const moved = movedFor(request, of)
  const { x, y } = moved
  const box = { level, x: x.first, y: y.first, width: x.length, height: y.length }
  return isUnmoved(moved) ? box : { ...box, moved }
}

/** The pixels of the level are those of the picture. */
export const isCopy = (box: LevelBox, request: ReadRequest): boolean =>
  box.moved === undefined && box.part === undefined && box.width === request.width && box.height === request.height

/** The level pixels that are read for a box. */
export const sourceBox = (box: LevelBox): LevelBox => (box.moved === undefined ? box : { level: box.level, ...sourceOf(box.moved) })

/** Of the level pixels that are read for a box, RGB. */
export function rgbBytesOf(box: LevelBox): number {
  const { width, height } = sourceBox(box)
  return width * height * 3
}

/** OpenCV's choice: cubic as soon as one axis is enlarged, else area. TIAToolbox asks the question the wrong way round. */
export function kindOf(box: LevelBox, { width, height }: ReadRequest, resampling: Resampling): ResampleKind {
  if (resampling === 'tiatoolbox') return box.width > width || box.height > height ? 'cubic' : 'area'
  return width > box.width || height > box.height ? 'cubic' : 'area'
}

/** The part of a box that lies inside of its level, in the frame of the box: outside all is white, and may be a thousand times as large. */
export function insideOf(box: LevelBox, level: Size, out: Size): Region {
  const [left, right] = inside(box.x, box.width, level.width, box.width / out.width)
  const [top, bottom] = inside(box.y, box.height, level.height, box.height / out.height)
  return left === right || top === bottom
    ? { x: 0, y: 0, width: 0, height: 0 }
    : { x: left, y: top, width: right - left, height: bottom - top }
}

/** Where an output pixel has no more source pixels than this along an axis, it is summed up whole. */
const WHOLE_CELL = 1024

/** From where to where a side of a box lies inside of its level; filled up to whole cells of output pixels, so that each is summed as ever. */
function inside(from: number, length: number, end: number, cell: number): readonly [number, number] {
  const first = Math.min(Math.max(0, -from), length)
  const last = Math.min(Math.max(0, end - from), length)
  if (last <= first) return [0, 0]
  if (cell > WHOLE_CELL) return [first, last]
  return [Math.floor(Math.floor(first / cell) * cell), Math.min(length, Math.ceil(Math.ceil(last / cell) * cell))]
}
