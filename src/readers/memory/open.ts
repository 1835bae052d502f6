/** Pixels in memory as a slide of one level, or as the column of pictures of a set: read where they lie. */

import type { MemoryPixels, SlideRef } from '../../core/slide.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { levelOf, type TileStore } from '../store.js'

export function open(ref: SlideRef, { data, width, height }: MemoryPixels): Opened {
  const tile = { width, height: height / (ref.images?.length ?? 1) }
  const bytes = tile.width * tile.height * 3
  const store: TileStore = {
    levels: [levelOf(width, height, tile)],
    extents: () => [],
    decode: (_, index) => ({ ...tile, data: data.subarray(index * bytes, (index + 1) * bytes), kept: true }),
  }
  const { id, uri, kind } = ref
  const facts = { id, uri, kind, vendor: 'memory', width, height, levels: store.levels, associated: [], compression: 'none' }
  return { info: { ...facts, ...scaleOf({}, ref) }, store, source: null, pictures: {} }
}
