/**
 * A smaller level may leave out frames (TILED_SPARSE), and the standard has no other pixels for such a place: it is white, as for wsidicom and OpenSlide.
 * Where level 0 has a frame there, a picture of the smaller level hides what the slide shows: that is worth a word.
 */

import type { Level } from '../../core/slide.js'
import type { Region } from '../../geometry/region.js'
import type { TileStore } from '../store.js'
import { Tilings } from '../tiling.js'

/** Tiles of a smaller level, in a grid, that no frame shows, though level 0 has one in their place. All tables are read. */
export function holesIn(store: TileStore, index: number): number {
  const level = store.levels[index]!
  const tilings = new Tilings(store)
  const [own, base] = [tilings.of(index), tilings.of(0)]
  if (own.overlaps) return 0
  const isShownAt0 = (tile: number) => base.tilesIn(inLevel0(own.placeOf(tile), level)).some((one) => store.extents(0, one) !== null)
  let holes = 0
  for (let tile = 0; tile < own.count; tile++) if (store.extents(index, tile) === null && isShownAt0(tile)) holes++
  return holes
}

/** Without a pixel of the level at each edge: sizes that were rounded make tiles of level 0 reach so far into the next one. */
function inLevel0({ x, y, width, height }: Region, { downsample }: Level): Region {
  const [across, down] = [width, height].map((side) => (side > 2 ? 1 : 0)) as [number, number]
  return {
    x: (x + across) * downsample.x,
    y: (y + down) * downsample.y,
    width: (width - 2 * across) * downsample.x,
    height: (height - 2 * down) * downsample.y,
  }
}
