/**
 * The levels of an NDPI as a tile store. A tile is some restart intervals one below the other, joined to a JPEG of its own: a header with the
 * size of the tile, then the intervals, their markers numbered anew. The bytes are those of the whole JPEG, and so are the pixels:
 * a restart forgets everything, and where the colours are as tall as the picture no decoder looks at the row of MCUs above or below. Where
 * they are half as tall (4:2:0) it would, so there a tile is one interval.
 */

import { shrunk } from '../../codecs/types.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { Extent } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { columnsOf, levelOf, type Tile, type TileStore } from '../store.js'
import type { Directory } from '../tiff/directory.js'
import { refuseBomb } from '../tiff/store.js'
import { type DecodeTile, tileDecoder } from '../tiff/tile-decoder.js'
import type { IntervalPlaces } from './intervals.js'
import type { Layout } from './layout.js'

export interface NdpiLevel {
  readonly directory: Directory
  readonly layout: Layout
  readonly strip: Extent
  /** Null: the level is one tile. */
  readonly places: IntervalPlaces | null
}

/** Pixels and intervals of a tile: half a megapixel keeps what a patch needs and what is decoded for it close together. */
const TILE_PIXELS = 2 ** 19
const MOST_JOINED = 32

/** Intervals that are joined to a tile. */
export function joined({ intervals, mcuHeight }: Layout): number {
  if (intervals === null || mcuHeight > 8) return 1
  const fit = Math.floor(TILE_PIXELS / (intervals.width * intervals.height))
  return Math.max(1, Math.min(MOST_JOINED, fit, intervals.rows))
}

export function tileOf(layout: Layout) {
  const { intervals, size } = layout
  return intervals === null ? size : { width: intervals.width, height: intervals.height * joined(layout) }
}

export async function ndpiStore(found: readonly NdpiLevel[], speed: DecodeSpeed, limits: Limits): Promise<TileStore> {
  const base = found[0]!.layout.size
  const levels = found.map(({ layout }) => levelOf(layout.size.width, layout.size.height, tileOf(layout), base, false))
  const decoders: DecodeTile[] = []
  for (const level of found) decoders.push(await decoderOf(level, speed))
  const rowOf = (level: number, index: number) => Math.floor(index / columnsOf(levels[level]!))
  return {
    levels,
    prepare: async (level, signal) => found[level]!.places?.prepare(signal),
    extents: (level, index) => {
      const { strip, layout, places } = found[level]!
      return places === null ? [strip] : places.extents(intervalsOf(layout, index))
    },
    decode: (level, index, parts, memory, shrink = 1) => {
      const { layout, places } = found[level]!
      const { width, height, tile } = levels[level]!
      const top = rowOf(level, index) * tile.height
      const columns = Math.min(tile.width, width - (index % columnsOf(levels[level]!)) * tile.width)
      const rows = Math.min(tile.height, height - top)
      const decode = (jpeg: Uint8Array): Tile | Promise<Tile> => {
        refuseBomb(jpeg.length, tile.width * tile.height * 3, limits)
        return decoders[level]!([jpeg], shrunk(columns, shrink), shrunk(rows, shrink), memory, shrink)
      }
      if (places === null) return decode(withSize(parts[0]!, layout, width, height))
      const pieces = whole(intervalsOf(layout, index), parts, places)
      // Rows of MCUs, not of pixels: the last one may reach beyond the level.
      const filled = Math.min(tile.height, Math.ceil(rows / layout.mcuHeight) * layout.mcuHeight)
      const join = (some: readonly Uint8Array[]) => decode(joinedJpeg(some, layout, filled))
      return pieces instanceof Promise ? pieces.then(join) : join(pieces)
    },
    shrinks: () => true,
  }
}

/** The numbers of the intervals of a tile. */
function intervalsOf(layout: Layout, index: number): number[] {
  const { columns, rows } = layout.intervals!
  const many = joined(layout)
  const first = Math.floor(index / columns) * many
  return Array.from({ length: Math.min(many, rows - first) }, (_, i) => (first + i) * columns + (index % columns))
}

/** The intervals' bytes: as they were read where the markers say so, those of others searched for. */
function whole(
  intervals: readonly number[],
  parts: readonly Uint8Array[],
  places: IntervalPlaces,
): readonly Uint8Array[] | Promise<readonly Uint8Array[]> {
  const wrong = intervals.filter((interval, i) => parts[i] === undefined || !places.isWhole(interval, parts[i]))
  if (wrong.length === 0) return parts
  return places.find(wrong).then((found) => {
    // A table of which nothing was right here would only have wrong bytes read.
    if (wrong.length === intervals.length) places.distrust()
    return intervals.map((interval, i) => found[wrong.indexOf(interval)] ?? parts[i]!)
  })
}

/** The colours are by the marks of the JPEG itself; it uses no tables of a TIFF directory. */
function decoderOf({ directory, layout }: NdpiLevel, speed: DecodeSpeed): Promise<DecodeTile> {
  const tile = tileOf(layout)
  const own = { ...directory, bytes: () => undefined }
  const page = { directory: own, ...layout.size, tiled: true, tile, samples: 3, photometric: 6, planar: false }
  return tileDecoder({ ...page, description: '', aperio: false, subfile: 0 }, speed, 'dropped')
}

/** Its start of frame with another size: marker (2), length (2), precision (1), height (2), width (2). */
function withSize(jpeg: Uint8Array, { frame }: Layout, width: number, height: number): Uint8Array {
  const own = new DataView(jpeg.buffer, jpeg.byteOffset)
  if (own.getUint16(frame + 5) === height && own.getUint16(frame + 7) === width) return jpeg
  const copy = jpeg.slice()
  new DataView(copy.buffer, copy.byteOffset).setUint16(frame + 5, height)
  new DataView(copy.buffer, copy.byteOffset).setUint16(frame + 7, width)
  return copy
}

/** The pieces come with their markers, of which the first interval of all has none before it, and the last one none behind. */
function joinedJpeg(pieces: readonly Uint8Array[], layout: Layout, height: number): Uint8Array {
  const header = withSize(layout.header, layout, layout.intervals!.width, height)
  const jpeg = new Uint8Array(pieces.reduce((sum, { length }) => sum + length + 2, header.length))
  jpeg.set(header)
  let at = header.length
  for (const [i, piece] of pieces.entries()) {
    const from = isRestart(piece, 0) ? 2 : 0
    const to = isRestart(piece, piece.length - 2) ? piece.length - 2 : piece.length
    jpeg.set(piece.subarray(from, to), at)
    at += to - from
    jpeg[at++] = 0xff
    jpeg[at++] = i === pieces.length - 1 ? 0xd9 : 0xd0 + (i & 7)
  }
  return jpeg.subarray(0, at)
}

/** No compressed data begins or ends so: a byte FF in it is followed by 00. */
const isRestart = (bytes: Uint8Array, at: number) => bytes[at] === 0xff && (bytes[at + 1]! & 0xf8) === 0xd0
