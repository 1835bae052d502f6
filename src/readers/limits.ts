/** What a file may make us allocate. Files are untrusted: a header's claim counts only within these bounds. */

export interface Limits {
  /** Pixels of one level. */
  readonly imagePixels: number
  /** Pixels of one tile or strip: it is decoded whole. */
  readonly tilePixels: number
  /** Pixels of a plain picture, a picture of a set, or an associated picture: it is decoded whole. */
  readonly picturePixels: number
  /** Tiles of one level. */
  readonly tiles: number
  /** Directories (pages) of a file, sub-directories included. */
  readonly directories: number
  /** Files and folders in a folder that is a slide. */
  readonly files: number
  /** Entries of one directory. */
  readonly entries: number
  /** Bytes of one tag's value (the table of tile offsets is one). */
  readonly tagBytes: number
  /** Bytes of one compressed tile. */
  readonly tileBytes: number
  /** Decoded ÷ compressed size of a tile above 16 MiB: what the best real compression of an empty tile reaches. */
  readonly expansion: number
  /** Bytes of level pixels held while resampling; a request that needs more is shrunk row by row. */
  readonly scratchBytes: number
}

export const defaultLimits: Limits = {
  imagePixels: 2 ** 42,
  tilePixels: 2 ** 26,
  picturePixels: 2 ** 27,
  tiles: 2 ** 23,
  directories: 1024,
  files: 2 ** 17,
  entries: 4096,
  tagBytes: 64 * 2 ** 20,
  tileBytes: 256 * 2 ** 20,
  expansion: 20_000,
  scratchBytes: 32 * 2 ** 20,
}
