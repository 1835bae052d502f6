/**
 * Levels between those of a slide, for `decode: fast`: the tiles of a level, each decoded in a half, a quarter or an eighth of its size. A level
 * gets such ones up to where the slide has one of its own. Their tiles are numbered as those that they are made of.
 */

import { shrunkByArea } from '../codecs/by-area.js'
import { mustShrinkJpeg } from '../codecs/load.js'
import { type Shrink, shrunk } from '../codecs/types.js'
import type { Level } from '../core/slide.js'
import type { Size } from '../geometry/region.js'
import { roundHalfEven } from '../geometry/round.js'
import type { LevelBox } from './level-box.js'
import { columnsOf, rowsOf, type Smaller, type Tile, type TileStore } from './store.js'
import { MOST_LEVELS } from './tile-loader.js'
import { gridOf } from './tiling.js'

/**
 * What is asked for may be so much larger than a smaller level, and is enlarged then: 40 x slides are scanned at 0.22 to 0.265 µm, and at
 * 0.5 µm they are all to be read in half.
 */
const MOST_ENLARGED = 16 / 15

/** The same store with smaller levels behind its own; the store itself where none can be. */
export function withSmaller(store: TileStore): TileStore {
  const { levels: own } = store
  const smaller = own.flatMap((_, of) => smallerOf(store, of)).slice(0, MOST_LEVELS - own.length)
  if (smaller.length === 0) return store
  const levels = [...own, ...smaller.map(({ of, shrink }) => smallerLevel(own[of]!, shrink))]
  const of = (level: number): Smaller => smaller[level - own.length] ?? { of: level, shrink: 1 }
  return {
    ...store,
    levels,
    smaller,
    async prepare(level, signal) {
      if (level >= own.length) await mustShrinkJpeg()
      await store.prepare?.(of(level).of, signal)
    },
    placed: (level) => (level < own.length ? (store.placed?.(level) ?? null) : null),
    extents: (level, index) => store.extents(of(level).of, index),
    decode(level, index, parts, memory) {
      const { of: from, shrink } = of(level)
      if (shrink === 1 || parts.length > 0 || store.fetch) return store.decode(from, index, parts, memory, shrink)
      // A tile that is made of others: there is no data of its own to decode less of.
      const whole = store.decode(from, index, parts, memory)
      return whole instanceof Promise ? whole.then((tile) => byArea(tile, shrink)) : byArea(whole, shrink)
    },
    ...(store.fetch && { fetch: (level: number, index: number) => store.fetch!(of(level).of, index) }),
    atOnce: (level) => store.atOnce?.(of(level).of) ?? 1,
    nameOf(level, index) {
      const { of: from } = of(level)
      return store.nameOf?.(from, index) ?? gridOf(own[from]!, from).nameOf(index)
    },
  }
}

function smallerOf(store: TileStore, of: number): Smaller[] {
  if (!store.shrinks?.(of)) return []
  const level = store.levels[of]!
  const next = store.levels[of + 1]
  const shrinks = [2, 4, 8] as const
  return shrinks
    .filter((shrink) => isCut(level.tile.width, columnsOf(level), shrink) && isCut(level.tile.height, rowsOf(level), shrink))
    .filter((shrink) => next === undefined || next.downsample.x > level.downsample.x * shrink * MOST_ENLARGED)
    .map((shrink) => ({ of, shrink }))
}

/** Whether smaller tiles lie side by side as the whole ones do. */
const isCut = (side: number, count: number, shrink: Shrink): boolean => count === 1 || side % shrink === 0

const smallerLevel = ({ width, height, downsample, tile }: Level, shrink: Shrink): Level => ({
  width: shrunk(width, shrink),
  height: shrunk(height, shrink),
  downsample: { x: downsample.x * shrink, y: downsample.y * shrink },
  tile: { width: shrunk(tile.width, shrink), height: shrunk(tile.height, shrink) },
})

/**
 * What shows the same as a box of a level, in the smallest level that is made of its tiles and need not be enlarged, but for a little; the box
 * itself where there is none. Between pixels, too: half a pixel beside is more than all that smaller decoding does to them. A picture that
 * is shrunk further by two or more, or is larger than `most` bytes, goes to the nearest pixels, as of every level.
 */
export function smallerBox(box: LevelBox, { width, height }: Size, { levels, smaller = [] }: TileStore, most: number): LevelBox {
  const factor = Math.min(box.width / width, box.height / height)
  const at = smaller.findLastIndex(({ of, shrink }) => of === box.level && shrink <= factor * MOST_ENLARGED)
  if (at < 0) return box
  const level = levels.length - smaller.length + at
  const { shrink } = smaller[at]!
  const [x, y] = [box.x / shrink, box.y / shrink]
  const [across, down] = [box.width / shrink, box.height / shrink]
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const around = { level, x: left, y: top, width: Math.ceil(x + across) - left, height: Math.ceil(y + down) - top }
  const isShrunkFurther = across >= 2 * width && down >= 2 * height
  if (isShrunkFurther || around.width * around.height * 3 > most) {
    const size = { width: Math.max(1, roundHalfEven(across)), height: Math.max(1, roundHalfEven(down)) }
    return { level, x: roundHalfEven(x), y: roundHalfEven(y), ...size }
  }
  const isWhole = x === left && y === top && around.width === width && around.height === height && across === width && down === height
  return isWhole ? around : { ...around, part: { x: x - left, y: y - top, width: across, height: down } }
}

const byArea = (tile: Tile, shrink: Shrink): Tile => shrunkByArea({ ...tile, channels: 3 }, shrink)
