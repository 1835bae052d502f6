/**
 * Aperio's scanners leave tiles out of smaller levels although the slide has the place: OpenSlide then shrinks the level below
 * (openslide-vendor-aperio.c), and so does this store. Tiles above such a tile are sometimes damaged, though they have bytes: both shrink the
 * level below for them, too. A tile that no level has is blank.
 *
 * Others leave out a whole level, as `gdaladdo -r none` makes it, to be filled later, or some tiles of one, where their writer was stopped: none of that is
 * white, but the level below, smaller. What has bytes is theirs.
 */

import { SlideError } from '../../core/errors.js'
import type { Level } from '../../core/slide.js'
import { resize } from '../../geometry/resample.js'
import type { ByteSource } from '../byte-source.js'
import { blank, paste } from '../paste.js'
import { readForTile } from '../source-failed.js'
import { columnsOf, rowsOf, type Tile, type TileStore } from '../store.js'

/** Pixels of the level below that are held for one tile: 64 MiB, a tile of 512 from a level nine times as fine. */
const MOST_BYTES = 64 * 2 ** 20

/** Of any other writer: what has bytes is believed, and a slide without holes costs nothing. */
export function holesFilled(store: TileStore, source: ByteSource): TileStore {
  const filled = filledFromBelow(store, source, 'own bytes count')
  const holes = new Map<number, boolean>()
  const of = (index: number) => (holes.get(index) ? filled : store)
  return {
    ...store,
    async prepare(index, signal) {
      await store.prepare?.(index, signal)
      if (holes.has(index)) return
      const some = index > 0 && hasHoles(store, index)
      if (some) await filled.prepare?.(index, signal)
      holes.set(index, some)
    },
    extents: (index, at) => of(index).extents(index, at),
    decode: (index, at, parts, memory, shrink) => of(index).decode(index, at, parts, memory, shrink),
  }
}

function hasHoles({ levels, extents }: TileStore, index: number): boolean {
  const level = levels[index]!
  const count = columnsOf(level) * rowsOf(level)
  for (let at = 0; at < count; at++) if (extents(index, at) === null) return true
  return false
}

/** Of Aperio's a tile above one that is left out is made of the level below, too, unless its `own bytes count`. */
export function filledFromBelow(store: TileStore, source: ByteSource, own?: 'own bytes count'): TileStore {
  const { levels } = store
  const allocate = (bytes: number) => new Uint8Array(bytes)

  /** The place of a tile in its level, and the part of the level below that shows the same. */
  const placeOf = (index: number, at: number) => {
    const level = levels[index]!
    const columns = columnsOf(level)
    const [x, y] = [(at % columns) * level.tile.width, Math.floor(at / columns) * level.tile.height]
    const [width, height] = [Math.min(level.tile.width, level.width - x), Math.min(level.tile.height, level.height - y)]
    return { x, y, width, height }
  }
  const sourceOf = (index: number, at: number) => {
    const below = levels[index - 1]!
    const ratio = { x: levels[index]!.downsample.x / below.downsample.x, y: levels[index]!.downsample.y / below.downsample.y }
    const { x, y, width, height } = placeOf(index, at)
    // Sizes that do not divide give factors such as 4.0003: the hair beyond a pixel is not one more.
    const left = Math.floor(x * ratio.x + 0.01)
    const top = Math.floor(y * ratio.y + 0.01)
    const right = Math.max(left + 1, Math.min(below.width, Math.ceil((x + width) * ratio.x - 0.01)))
    const bottom = Math.max(top + 1, Math.min(below.height, Math.ceil((y + height) * ratio.y - 0.01)))
    return { x: left, y: top, width: right - left, height: bottom - top }
  }
  const tilesUnder = (index: number, at: number): number[] => {
    const { tile } = levels[index - 1]!
    const columns = columnsOf(levels[index - 1]!)
    const { x, y, width, height } = sourceOf(index, at)
    const found: number[] = []
    for (let row = Math.floor(y / tile.height); row * tile.height < y + height; row++)
      for (let column = Math.floor(x / tile.width); column * tile.width < x + width; column++) found.push(row * columns + column)
    return found
  }

  // A byte a tile, of each level that was asked for and those below it.
  const found = levels.map((): Uint8Array | undefined => undefined)
  const statesOf = (index: number): Uint8Array => {
    found[index] ??= lookAt(index)
    return found[index]
  }
  const lookAt = (index: number): Uint8Array => {
    const level = levels[index]!
    const states = Uint8Array.from({ length: columnsOf(level) * rowsOf(level) }, (_, at) =>
      store.extents(index, at) === null ? State.blank : State.own,
    )
    if (index === 0) return states
    const below = statesOf(index - 1)
    for (const [at, state] of below.entries()) {
      const above = state === State.own || own !== undefined ? undefined : tileAbove(levels[index - 1]!, level, at)
      if (above !== undefined) states[above] = State.blank
    }
    return states.map((state, at) =>
      state === State.blank && tilesUnder(index, at).some((under) => below[under] !== State.blank) ? State.below : state,
    )
  }

  const filled: TileStore = {
    ...store,
    // Which tiles are missing follows from the levels below, too.
    async prepare(index, signal) {
      for (let level = 0; level <= index; level++) await store.prepare?.(level, signal)
    },
    extents(index, at) {
      const state = statesOf(index)[at]
      return state === State.own ? store.extents(index, at) : state === State.below ? [] : null
    },
    decode(index, at, parts, memory, shrink) {
      return parts.length > 0 ? store.decode(index, at, parts, memory, shrink) : shrunken(index, at)
    },
  }

  async function shrunken(index: number, at: number): Promise<Tile> {
    const box = sourceOf(index, at)
    if (box.width * box.height * 3 > MOST_BYTES) {
      throw new SlideError(
        'SLIDE_TOO_LARGE',
        `${source.uri}: a tile that level ${index} leaves out is ${box.width} x ${box.height} pixels below`,
      )
    }
    const pixels = new Uint8Array(box.width * box.height * 3)
    for (const under of tilesUnder(index, at)) {
      const extents = filled.extents(index - 1, under)
      const place = placeOf(index - 1, under)
      if (extents === null) {
        blank(place, box, pixels)
        continue
      }
      const parts: Uint8Array[] = []
      for (const { offset, length } of extents) parts.push(await readForTile(source, offset, length))
      const tile = await filled.decode(index - 1, under, parts, allocate)
      paste(tile.data, tile.width, place, box, pixels)
    }
    const { width, height } = placeOf(index, at)
    const data = new Uint8Array(width * height * 3)
    resize(pixels, box, data, { width, height }, 'area')
    return { width, height, data }
  }

  return filled
}

/** Where the pixels of a tile are: in its own bytes, in the level below, nowhere. */
const State = { own: 0, below: 1, blank: 2 } as const

/** The tile above a tile, by how many tiles of a row and a column go into one. */
function tileAbove(level: Level, next: Level, at: number): number | undefined {
  const [across, down] = [columnsOf(level), rowsOf(level)]
  const [nextAcross, nextDown] = [columnsOf(next), rowsOf(next)]
  const column = Math.floor((at % across) / Math.max(1, Math.round(across / nextAcross)))
  const row = Math.floor(Math.floor(at / across) / Math.max(1, Math.round(down / nextDown)))
  return column < nextAcross && row < nextDown ? row * nextAcross + column : undefined
}
