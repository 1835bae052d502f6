/** Where the tiles of a page lie: both tables loaded once, checked against the page and the file. */

import { SlideError } from '../../core/errors.js'
import { type ByteSource, type Extent, truncated } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { malformed } from './entries.js'
import { compressionOf, type Page } from './page.js'
import { tags } from './tags.js'

export interface TileTable {
  readonly offsets: Float64Array
  readonly counts: Float64Array
  /** Planes a tile is made of: 1, or one for each sample. */
  readonly planes: number
  readonly tiles: number
}

export async function readTileTable(page: Page, source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<TileTable> {
  const { uri } = source
  const { directory, tiled } = page
  const planes = page.planar ? page.samples : 1
  const tiles = Math.ceil(page.width / page.tile.width) * Math.ceil(page.height / page.tile.height)
  const places = tiles * planes
  if (places > limits.tiles) {
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it has ${places} tiles in one level, more than ${limits.tiles}`)
  }
  const offsetTag = tiled ? tags.TileOffsets : tags.StripOffsets
  const countTag = tiled ? tags.TileByteCounts : tags.StripByteCounts
  const entries = directory.count(offsetTag)
  if (entries < places) throw malformed(uri, `has places for ${entries} tiles in a level of ${places}`)
  const offsets = (await directory.table(offsetTag, signal))!
  const counts = (await directory.table(countTag, signal)) ?? impliedCounts(page, places)
  if (counts === null || counts.length < places) throw malformed(uri, `has sizes of ${counts?.length ?? 0} tiles in a level of ${places}`)
  for (let i = 0; i < places; i++) {
    const offset = offsets[i]!
    const count = counts[i]!
    if (Number.isNaN(offset) || Number.isNaN(count)) throw malformed(uri, 'has tile places that are no whole numbers')
    if (count === 0) continue
    if (count > limits.tileBytes)
      throw new SlideError('SLIDE_TOO_LARGE', `${uri}: tile ${i} has ${count} bytes, more than ${limits.tileBytes}`)
    if (offset + needed(page, count) > source.size) throw truncated(uri, offset, count, source.size)
  }
  return { offsets, counts, planes, tiles }
}

/** Uncompressed data needs no sizes: some old files leave them out. */
function impliedCounts(page: Page, places: number): Float64Array | null {
  return compressionOf(page) === 'none' ? new Float64Array(places).fill(tileBytes(page)) : null
}

/** Bytes of one unpacked tile (of one plane). */
export const tileBytes = ({ tile, samples, planar }: Page): number => tile.width * tile.height * (planar ? 1 : samples)

/** An uncompressed tile may be followed by padding, and the last strip is shorter: no more than the pixels is read. */
const needed = (page: Page, count: number): number => (compressionOf(page) === 'none' ? Math.min(count, tileBytes(page)) : count)

/** The byte ranges of a tile; null when it is blank (a byte count of 0: Aperio and QuPath leave empty glass out). */
export function extentsOf(page: Page, { offsets, counts, planes, tiles }: TileTable, index: number): Extent[] | null {
  const extents: Extent[] = []
  for (let plane = 0; plane < planes; plane++) {
    const at = plane * tiles + index
    const count = counts[at]!
    if (count === 0) return null
    extents.push({ offset: offsets[at]!, length: needed(page, count) })
  }
  return extents
}
