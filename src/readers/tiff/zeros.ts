/**
 * Who copies a file may make room for all of it first, and fill that from the beginning on: of a copy that ended early the rest is zeros. Compressed tiles
 * of zeros are no tiles; those that are not compressed are black.
 */

import type { ByteSource } from '../byte-source.js'
import { compressionOf } from './page.js'
import type { Placed } from './store.js'

export const unfinished = 'its last pixels in the file are all 0 (black): is it a copy that was not finished?'

/** As many black pixels side by side as no tissue has. */
const FEWEST = 16
const MOST = 1024
/** Looked at of what lies behind, from the end on. */
const SPOTS = 16

/** Of the tile that lies last, the row that begins it: behind the edges of the picture tiles are filled up, with zeros, too. */
export async function endsInZeros(placed: Placed, source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  const { page } = placed
  const last = compressionOf(page) === 'none' ? placed.last() : undefined
  const extent = last === undefined ? undefined : placed.extents(last)?.[0]
  if (last === undefined || extent === undefined) return false
  const column = last % Math.ceil(page.width / page.tile.width)
  const pixels = Math.min(MOST, page.tile.width, page.width - column * page.tile.width)
  const length = pixels * (page.planar ? 1 : page.samples)
  if (pixels < FEWEST || length > extent.length) return false
  const areZeros = async (offset: number, count: number) => (await source.read(offset, count, signal)).every((byte) => byte === 0)
  if (!(await areZeros(extent.offset, length))) return false
  // What lies behind it (other levels, directories) and is there was copied later: the picture ends in black.
  const behind = extent.offset + extent.length
  for (let spot = SPOTS; spot > 0; spot--) {
    const at = Math.max(behind, behind + Math.floor(((source.size - behind) * spot) / SPOTS) - length)
    if (!(await areZeros(at, Math.min(length, source.size - at)))) return false
  }
  return true
}
