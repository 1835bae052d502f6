/** The levels of a TIFF as a tile store. */

import { holdsPicture } from '../../codecs/jpeg-header.js'
import { CodecError } from '../../codecs/types.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { columnsOf, levelOf, type TileStore } from '../store.js'
import { malformed } from './entries.js'
import { refuseUnsupported } from './first-tile.js'
import type { Page } from './page.js'
import { tags } from './tags.js'
import { type Alpha, type DecodeTile, tileDecoder } from './tile-decoder.js'
import { extentsOf, readTileTable, type TileTable, tileBytes } from './tile-table.js'

/** An empty tile compresses well, but no tile of this size does so a thousandfold by honest means. */
const SMALL_TILE = 16 * 2 ** 20

/** A page, and where its tiles lie. */
export interface Placed {
  readonly page: Page
  readonly table: TileTable
}

/** The tables of all levels, each looked at. */
export async function placedIn(
  pages: readonly Page[],
  source: ByteSource,
  limits: Limits,
  warnings: string[],
  signal?: AbortSignal,
): Promise<readonly Placed[]> {
  const placed: Placed[] = []
  for (const [i, page] of pages.entries()) {
    refuseForgedTables(page, source.uri)
    const odd: string[] = []
    const table = await readTileTable(page, source, limits, odd, signal)
    for (const fact of odd) warnings.push(`level ${i} ${fact}`)
    await refuseUnsupported(page, table, source, signal)
    placed.push({ page, table })
  }
  return placed
}

export async function tiffStore(
  placed: readonly Placed[],
  { speed, alpha }: { readonly speed: DecodeSpeed; readonly alpha: Alpha },
  limits: Limits,
): Promise<TileStore> {
  const base = placed[0]!.page
  const levels = placed.map(({ page: { width, height, tile, tiled, factor } }) =>
    factor === undefined ? levelOf(width, height, tile, base, tiled) : { width, height, tile, downsample: { x: factor, y: factor } },
  )
  const parts: (Placed & { readonly decode: DecodeTile })[] = []
  for (const one of placed) parts.push({ ...one, decode: await tileDecoder(one.page, speed, alpha) })
  return {
    levels,
    extents: (level, index) => extentsOf(parts[level]!.page, parts[level]!.table, index),
    decode: (level, index, bytes, memory) => {
      const { page, decode } = parts[level]!
      const columns = columnsOf(levels[level]!)
      const { tile, width, height } = page
      refuseBomb(bytes[0]!.length, tileBytes(page), limits)
      const validColumns = Math.min(tile.width, width - (index % columns) * tile.width)
      const validRows = Math.min(tile.height, height - Math.floor(index / columns) * tile.height)
      return decode(bytes, validColumns, validRows, memory)
    },
  }
}

/** Throws a CodecError where so few bytes cannot become so many. */
export function refuseBomb(packed: number, unpacked: number, { expansion }: Limits): void {
  if (unpacked > SMALL_TILE && unpacked > packed * expansion)
    throw new CodecError(`${packed} bytes are to become ${unpacked}: more than ${expansion} times as many`)
}

/** Tables with a frame of their own would be decoded in its size instead of the tile's. */
function refuseForgedTables(page: Page, uri: string): void {
  const tables = page.directory.bytes(tags.JPEGTables)
  if (tables !== undefined && holdsPicture(tables)) throw malformed(uri, 'has JPEG tables that hold a picture')
}
