/**
 * The TIFF writer: rows from top to bottom go in, a tiled, pyramidal, compressed TIFF comes out. The same rows always give
 * the same bytes. Holds one band of tiles a level, whatever the height.
 */

import { Bug } from '../../core/errors.js'
import { Band } from './bands.js'
import { fileFor, type TiffFile } from './file.js'
import { channelsOf, levelsOf, type TiffPicture } from './picture.js'
import type { Pixels } from './reduce.js'

export type { Rgb, Samples, TiffCompression, TiffPicture } from './picture.js'
export type { Pixels } from './reduce.js'

export interface TiffWriter {
  /**
   * Takes whole rows, from top to bottom: `width × channels` values a row. With `repeat`, one row stands for that many
   * equal rows.
   */
  write(rows: Pixels, repeat?: number): Promise<void>
  /** Ends the picture: directories, header, fsync. Every row must have come. */
  finish(): Promise<void>
  /** Lets the file go as it is. */
  close(): Promise<void>
}

export async function openTiff(path: string, picture: TiffPicture): Promise<TiffWriter> {
  if (picture.compression === 'jpeg' && picture.samples.kind !== 'rgb') throw new Bug(`${path}: only RGB can be stored as JPEG`)
  const file: TiffFile = await fileFor(path, picture)
  const band = new Band(file, picture, levelsOf(picture))
  const run = channelsOf(picture.samples) * picture.width
  return {
    write: async (rows, repeat = 1) => {
      const count = repeat > 1 ? repeat : rows.length / run
      if (rows.length % run !== 0 || (repeat > 1 && rows.length !== run)) throw new Bug(`${path}: ${rows.length} values are no whole rows`)
      if (count > band.missing) throw new Bug(`${path}: ${count} rows for the last ${band.missing}`)
      await band.take(rows, repeat)
    },
    finish: async () => {
      if (band.missing > 0) throw new Bug(`${path}: ${band.missing} rows of ${picture.height} never came`)
      await file.finish(
        picture,
        band.all.map((b) => b.places),
      )
    },
    close: () => file.close(),
  }
}
