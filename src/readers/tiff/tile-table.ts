/** Where the tiles of a page lie: both tables loaded once, checked against the page, the file and each other. */

import { SlideError } from '../../core/errors.js'
import { type ByteSource, type Extent, truncated } from '../byte-source.js'
import type { Opening } from '../format.js'
import { malformed } from '../malformed.js'
import { compressionOf, type Page } from './page.js'
import { type Tag, tags } from './tags.js'

export interface TileTable {
  readonly offsets: Float64Array
  readonly counts: Float64Array
  /** Planes a tile is made of: 1, or one for each sample. */
  readonly planes: number
  readonly tiles: number
}

export async function readTileTable(page: Page, opening: Opening): Promise<TileTable> {
  const { source, limits, signal } = opening
  const { uri } = source
  const { directory, tiled } = page
  const planes = page.planar ? page.samples : 1
  const tiles = Math.ceil(page.width / page.tile.width) * Math.ceil(page.height / page.tile.height)
  const places = tiles * planes
  if (places > limits.tiles) {
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it has ${places} tiles in one level, more than ${limits.tiles}`)
  }
  // Some writers name the places of tiles as those of strips, which to libtiff are the same.
  const said = (own: Tag, other: Tag) => (!directory.has(own) && directory.has(other) ? other : own)
  const offsetTag = tiled ? said(tags.TileOffsets, tags.StripOffsets) : said(tags.StripOffsets, tags.TileOffsets)
  const countTag = tiled ? said(tags.TileByteCounts, tags.StripByteCounts) : said(tags.StripByteCounts, tags.TileByteCounts)
  const entries = directory.count(offsetTag)
  if (entries < places) throw malformed(uri, `has places for ${entries} tiles in a level of ${places}`)
  const [offsets, sizes] = await Promise.all([
    directory.table(offsetTag, signal) as Promise<Float64Array>,
    directory.table(countTag, signal),
  ])
  if (sizes !== undefined && sizes.length < places) throw malformed(uri, `has sizes of ${sizes.length} tiles in a level of ${places}`)
  for (let i = 0; i < places; i++) {
    if (!(offsets[i]! >= 0) || (sizes !== undefined && !(sizes[i]! >= 0))) throw malformed(uri, 'has tile places that are no whole numbers')
  }
  refuseFolded(page, offsets.subarray(0, places), sizes, source)
  const counts = believable(page, { offsets, counts: sizes ?? new Float64Array(places), planes, tiles }, opening)
  for (let i = 0; i < places; i++) {
    const offset = offsets[i]!
    const count = needed(page, i % tiles, counts[i]!)
    if (count === 0) continue
    if (offset < HEADER) throw malformed(uri, `has tile ${i} at byte ${offset}, inside of its header`)
    if (count > limits.tileBytes)
      throw new SlideError('SLIDE_TOO_LARGE', `${uri}: tile ${i} has ${count} bytes, more than ${limits.tileBytes}`)
    if (offset + count > source.size) throw truncated(uri, offset, count, source.size)
  }
  const what = tiled ? 'tiles' : 'strips'
  if (holdsMore(offsets, sizes, places)) {
    const [size, of] = [page, page.tile].map(({ width, height }) => `${width} x ${height}`)
    opening.warnings.push(
      `has ${entries} ${what}, where ${size} pixels in ${what} of ${of} need ${places}: ${whatIsWrong(page, entries / planes)}`,
    )
  }
  return { offsets, counts, planes, tiles }
}

/** With a height that is too small the other rows of tiles are left over, each whole; strips are one to a row. */
function whatIsWrong({ width, tile, tiled }: Page, tiles: number): string {
  const low = 'its height may be too small, and the rest of the picture not read'
  if (!tiled) return low
  const shuffled = 'may be wrong, and the picture shuffled'
  return tiles % Math.ceil(width / tile.width) === 0
    ? `${low}, or its width ${shuffled}`
    : `its width, or the size of its tiles, ${shuffled}`
}

/** Whether there is data behind what the sizes need. (Some writers leave room for more; what has no bytes, or those of another tile, is none.) */
function holdsMore(offsets: Float64Array, counts: Float64Array | undefined, places: number): boolean {
  if (counts === undefined || offsets.length <= places) return false
  const own = new Set(offsets.subarray(0, places))
  return offsets.subarray(places).some((offset, i) => offset > 0 && counts[places + i]! > 0 && !own.has(offset))
}

const HEADER = 8

/**
 * Some writers go on where 32 bits end, and begin again at 0: the tile that lies across that place is where it says, those behind it are not,
 * and uncompressed ones would come from elsewhere without a word. (Where it is the last thing in the file, all is well.)
 */
function refuseFolded(
  { directory: { reach, offset } }: Page,
  offsets: Float64Array,
  counts: Float64Array | undefined,
  { uri, size }: ByteSource,
): void {
  if (counts === undefined || size <= reach) return
  const across = offsets.findIndex((at, i) => at + counts[i]! >= reach)
  if (across < 0 || (size <= offsets[across]! + counts[across]! + 1 && offset < reach)) return
  throw new SlideError('SLIDE_MALFORMED', `${uri} goes on behind 4 GiB, where the offsets of its tiles, of 32 bits, begin again at 0`, {
    hint: 'write it anew as BigTIFF (8-byte offsets), for example with: bfconvert -bigtiff, or vips tiffsave --bigtiff',
  })
}

/**
 * The byte counts, unless the file itself shows that they are wrong. A count of 0 is a blank tile (Aperio and QuPath leave empty glass out),
 * but some writers leave all counts at 0, or leave them out. Then, as libtiff does it: uncompressed data has the size of its pixels, and
 * what is compressed in one piece goes on to the end of the file. A count too small for uncompressed pixels is no better, where every piece
 * has the room for them. (Places of blank tiles have none: they lie where the next tile begins.)
 */
function believable(page: Page, table: TileTable, { source, limits, warnings }: Opening): Float64Array {
  const { uri, size } = source
  const { offsets, counts, planes, tiles } = table
  const places = tiles * planes
  const what = page.tiled ? 'tiles' : 'strips'
  const plain = compressionOf(page) === 'none'
  let empty = true
  let placed = true
  for (let i = 0; i < places; i++) {
    if (counts[i] !== 0) empty = false
    if (offsets[i] === 0) placed = false
  }
  // A place of 0 is none.
  if (empty && !offsets.subarray(0, places).some((offset) => offset > 0)) {
    warnings.push(`has no bytes for any of its ${places} ${what}: all count as left out`)
    return counts
  }
  if (!plain) {
    if (!empty) warnings.push(...emptyPlaces(table, what))
    if (!empty) return counts
    if (places > 1) throw malformed(uri, `does not say how many bytes its ${places} ${what} have`)
    warnings.push(`does not say how many bytes its only ${what.slice(0, -1)} has: it is read to the end of the file`)
    return Float64Array.of(Math.min(size - offsets[0]!, limits.tileBytes))
  }
  // Where no count is known, what has no place is a blank tile, and tiles of the same pixels may share one.
  const right = Float64Array.from({ length: places }, (_, i) => (empty && offsets[i] === 0 ? 0 : pixelBytes(page, i % tiles)))
  const wrong = (i: number) => counts[i]! < right[i]!
  if (!right.some((_, i) => wrong(i))) return counts
  if ((placed || empty) && haveRoom(offsets, right, page.directory.offset, size, empty)) {
    warnings.push(`has wrong byte counts for its uncompressed ${what}: those of their pixels are taken`)
    return right
  }
  if (empty) throw malformed(uri, `does not say how many bytes its ${places} ${what} have, and has no room for their pixels`)
  return counts
}

/** Blank tiles that have a place where no other begins: something may lie there. */
function emptyPlaces({ offsets, counts, planes, tiles }: TileTable, what: string): string[] {
  const places = planes * tiles
  const others = new Map<number, number>()
  for (let i = 0; i < places; i++) if (counts[i] === 0 && offsets[i]! > 0) others.set(offsets[i]!, -1)
  if (others.size === 0) return []
  for (const offset of offsets.subarray(0, places)) if (others.has(offset)) others.set(offset, others.get(offset)! + 1)
  let alone = 0
  for (const also of others.values()) if (also === 0) alone++
  return alone === 0 ? [] : [`gives ${alone} of its ${places} ${what} a place and no bytes: they count as left out`]
}

/** As long as they should be, the pieces lie apart from each other (or, `shared`, at the same place) and from their directory, and within the file. */
function haveRoom(offsets: Float64Array, right: Float64Array, directory: number, size: number, shared: boolean): boolean {
  const order = Array.from(right, (_, i) => i)
    .filter((i) => right[i]! > 0)
    .sort((a, b) => offsets[a]! - offsets[b]!)
  return order.every((i, k) => {
    const end = offsets[i]! + right[i]!
    const next = order[k + 1]
    if (shared && next !== undefined && offsets[next] === offsets[i]) return true
    return end <= (next === undefined ? size : offsets[next]!) && (end <= directory || offsets[i]! > directory)
  })
}

/** Bytes of one unpacked tile (of one plane). */
export const tileBytes = (page: Page): number => rowBytes(page) * page.tile.height

/** Each row of a tile begins with a byte of its own. */
function rowBytes({ directory, tile, samples, planar }: Page): number {
  const bits = directory.numbers(tags.BitsPerSample)[0] ?? 1
  return Math.ceil((tile.width * bits * (planar ? 1 : samples)) / 8)
}

/** The same of a given one: the last strip ends with the page. */
function pixelBytes(page: Page, index: number): number {
  const { tile, height, tiled } = page
  return rowBytes(page) * (tiled ? tile.height : Math.min(tile.height, height - index * tile.height))
}

/** An uncompressed tile may be followed by padding: no more than the pixels is read. */
const needed = (page: Page, index: number, count: number): number =>
  compressionOf(page) === 'none' ? Math.min(count, pixelBytes(page, index)) : count

/** The byte ranges of a tile; null when it is blank. */
export function extentsOf(page: Page, { offsets, counts, planes, tiles }: TileTable, index: number): Extent[] | null {
  const extents: Extent[] = []
  for (let plane = 0; plane < planes; plane++) {
    const at = plane * tiles + index
    const count = counts[at]!
    if (count === 0) return null
    extents.push({ offset: offsets[at]!, length: needed(page, index, count) })
  }
  return extents
}
