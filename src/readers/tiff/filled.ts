/**
 * Aperio's scanners leave tiles out of smaller levels although the slide has the place: OpenSlide then shrinks the level below
 * (openslide-vendor-aperio.c), and so does this store. A tile that no level has is blank.
 */

import { SlideError } from '../../core/errors.js'
import { resize } from '../../geometry/resample.js'
import type { ByteSource } from '../byte-source.js'
import { blank, paste } from '../paste.js'
import { columnsOf, rowsOf, type Tile, type TileStore } from '../store.js'

/** Pixels of the level below that are held for one tile: 64 MiB, a tile of 512 from a level nine times as fine. */
const MOST_BYTES = 64 * 2 ** 20

export function filledFromBelow(store: TileStore, source: ByteSource): TileStore {
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

  // A byte a tile of each level above the first, asked again and again: 0 not known, 1 there below, 2 blank.
  const known = levels.map(() => new Uint8Array(0))
  const isBelow = (index: number, at: number): boolean => {
    if (known[index]!.length === 0) known[index] = new Uint8Array(columnsOf(levels[index]!) * rowsOf(levels[index]!))
    const states = known[index]!
    if (states[at] === 0) states[at] = tilesUnder(index, at).some((under) => filled.extents(index - 1, under) !== null) ? 1 : 2
    return states[at] === 1
  }

  const filled: TileStore = {
    ...store,
    extents(index, at) {
      const own = store.extents(index, at)
      if (own !== null || index === 0) return own
      return isBelow(index, at) ? [] : null
    },
    decode(index, at, parts, memory) {
      return parts.length > 0 ? store.decode(index, at, parts, memory) : shrunken(index, at)
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
      for (const { offset, length } of extents) parts.push(await source.read(offset, length))
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
