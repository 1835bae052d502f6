/**
 * A TIFF tile's JPEG stream is abbreviated: its tables lie once in the directory (JPEGTables), its colours in a tag. To decode it,
 * both are put back: `FF D8`, an Adobe marker, the tables, the tile.
 */

import type { JpegHeader } from './jpeg-header.js'

/** What three components are; `as-marked` for one, or for a stream that is whole. */
export type JpegColours = 'rgb' | 'ycbcr' | 'as-marked'

/**
 * What the three components of a stream are, by the most of five marks: their names, Adobe's marker, colours that have fewer samples than the
 * brightness (nobody halves green), JFIF's marker (which means YCbCr, too), and what stands outside of the stream, TIFF's tag (`tag`). Where as
 * many stand against each other, the first of that list decides. Each of them is wrong somewhere: Bio-Formats writes YCbCr with a JFIF marker under
 * a tag that says RGB, libvips 8.18 (`rgbjpeg`) halved YCbCr without one; others write RGB, named so and tagged so, with a JFIF marker. (libjpeg
 * believes JFIF before Adobe before names, libtiff the tag alone.)
 */
export function jpegColours({ named, adobe, jfif, sampling }: JpegHeader, tag: 'rgb' | 'ycbcr'): 'rgb' | 'ycbcr' {
  const marks: ('rgb' | 'ycbcr')[] = []
  if (named) marks.push('rgb')
  if (adobe !== undefined) marks.push(adobe === 0 ? 'rgb' : 'ycbcr')
  if (sampling.some((factors) => factors !== sampling[0])) marks.push('ycbcr')
  if (jfif) marks.push('ycbcr')
  marks.push(tag)
  const rgb = marks.filter((mark) => mark === 'rgb').length
  if (2 * rgb === marks.length) return marks[0]!
  return 2 * rgb > marks.length ? 'rgb' : 'ycbcr'
}

/**
 * The bytes to put in front of a tile's own bytes from its third on, for one level. Every libjpeg-based decoder takes three unmarked
 * components for YCbCr, which is wrong for Aperio's RGB tiles (by 35 grey levels on average): the Adobe marker says which.
 */
export function jpegPrefix(tables: Uint8Array | undefined, colours: JpegColours): Uint8Array {
  const marker = colours === 'as-marked' ? [] : [0xff, 0xee, 0, 14, ...adobe, 0, 100, 0, 0, 0, 0, colours === 'rgb' ? 0 : 1]
  return Buffer.concat([Uint8Array.of(0xff, 0xd8, ...marker), ...(tables === undefined ? [] : segmentsOf(tables))])
}

/** The tile without the marks of its own, which a decoder would believe before ours: its markers become some that nobody knows. */
function unmarked(tile: Uint8Array, { marks }: JpegHeader): Uint8Array {
  if (marks.length === 0) return tile
  const copy = tile.slice()
  for (const at of marks) copy[at + 1] = 0xef
  return copy
}

/** The tile without such marks where one of them says another thing than `colours`. */
export function marked(tile: Uint8Array, header: JpegHeader, colours: JpegColours): Uint8Array {
  const { components, jfif, adobe } = header
  const misleads = components === 3 && ((jfif && colours === 'rgb') || (adobe !== undefined && adobe !== (colours === 'rgb' ? 0 : 1)))
  return misleads ? unmarked(tile, header) : tile
}

/**
 * The tile with its end marked, which some writers leave out: to a decoder that is data that ends early. Only where all of it is one scan, of
 * which a decoder notices if it is cut: of several, the last might be missing without a trace.
 */
export function ended(tile: Uint8Array, { progressive, components }: JpegHeader): Uint8Array {
  const marked = tile.at(-2) === 0xff && tile.at(-1) === 0xd9
  return marked || progressive || componentsOfScan(tile) !== components ? tile : Buffer.concat([tile, Uint8Array.of(0xff, 0xd9)])
}

/** How many components the first scan has. */
function componentsOfScan(tile: Uint8Array): number | undefined {
  const at = startOfScan(tile)
  return at === undefined ? undefined : tile[at + 4]
}

/** Where the first scan begins. */
function startOfScan(tile: Uint8Array): number | undefined {
  for (let at = 2; at + 4 < tile.length && tile[at] === 0xff; ) {
    if (tile[at + 1] === 0xda) return at
    at += tile[at + 1] === 0xff ? 1 : 2 + ((tile[at + 2]! << 8) | tile[at + 3]!)
  }
  return undefined
}

/** As many zeros at the end are no data. */
const ZEROS = 16

/** Whether a picture ends in zeros and its end is marked nowhere: to a decoder they are codes, of which it makes the rest of the pixels. */
export function endsInZeros(picture: Uint8Array): boolean {
  if (picture.subarray(-ZEROS).some((byte) => byte !== 0)) return false
  return Buffer.from(picture.buffer, picture.byteOffset, picture.length).lastIndexOf(Buffer.of(0xff, 0xd9)) < (startOfScan(picture) ?? 0)
}

const adobe = [...'Adobe'].map((c) => c.charCodeAt(0))

/**
 * The segments of JPEGTables that are tables (DB of quantisation, C4 of Huffman codes), up to its end: what else may stand there, padding
 * included, means nothing to a tile, since a decoder forgets it at the tile's own start.
 */
function segmentsOf(tables: Uint8Array): Uint8Array[] {
  const segments: Uint8Array[] = []
  let at = tables[0] === 0xff && tables[1] === 0xd8 ? 2 : 0
  while (at + 4 <= tables.length && tables[at] === 0xff) {
    const marker = tables[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    const end = at + 2 + ((tables[at + 2]! << 8) | tables[at + 3]!)
    if (marker === 0xd9 || end > tables.length || end < at + 4) break
    if (marker === 0xdb || marker === 0xc4) segments.push(tables.subarray(at, end))
    at = end
  }
  return segments
}
