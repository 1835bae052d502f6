/**
 * A TIFF tile's JPEG stream is abbreviated: its tables lie once in the directory (JPEGTables), its colours in a tag. To decode it,
 * both are put back: `FF D8`, an Adobe marker, the tables, the tile.
 */

/** What the components are, where the stream has no marker of its own. */
export type JpegColours = 'rgb' | 'ycbcr' | 'as-marked'

/**
 * The bytes to put in front of a tile's own bytes from its third on, for one level. Every libjpeg-based decoder takes three unmarked
 * components for YCbCr, which is wrong for Aperio's RGB tiles (by 35 grey levels on average): the Adobe marker says which.
 */
export function jpegPrefix(tables: Uint8Array | undefined, colours: JpegColours): Uint8Array {
  const marker = colours === 'as-marked' ? [] : [0xff, 0xee, 0, 14, ...adobe, 0, 100, 0, 0, 0, 0, colours === 'rgb' ? 0 : 1]
  const inner = tables === undefined ? new Uint8Array() : withoutEnds(tables)
  const prefix = new Uint8Array(2 + marker.length + inner.length)
  prefix.set([0xff, 0xd8, ...marker])
  prefix.set(inner, 2 + marker.length)
  return prefix
}

const adobe = [...'Adobe'].map((c) => c.charCodeAt(0))

function withoutEnds(tables: Uint8Array): Uint8Array {
  const start = tables[0] === 0xff && tables[1] === 0xd8 ? 2 : 0
  const end = tables.length
  return tables.subarray(start, end >= 2 && tables[end - 2] === 0xff && tables[end - 1] === 0xd9 ? end - 2 : end)
}
