/**
 * Writes a TIFF from ready tiles: a callback gives the compressed bytes of each. Tiles given as the very same array are stored
 * once; null leaves a hole (byte count 0). So a slide of any size costs the bytes of its different tiles.
 */

import type { Size } from '../../geometry/region.js'
import { fileFor } from './file.js'
import { levelsOf, type Place, type TiffPicture, tileOf, tilesOf } from './picture.js'

export type TileSource = (level: number, column: number, row: number) => Uint8Array | null | Promise<Uint8Array | null>

export async function writeTiles(path: string, picture: TiffPicture, tile: TileSource): Promise<void> {
  const file = await fileFor(path, picture)
  try {
    const known = new Map<Uint8Array, Place>()
    const places: Place[][] = []
    for (const [level, size] of levelsOf(picture).entries()) places.push(await levelPlaces(level, size))
    await file.finish(picture, places)

    async function levelPlaces(level: number, size: Size): Promise<Place[]> {
      const { columns, rows } = tilesOf(size, tileOf(picture))
      const found: Place[] = []
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const bytes = await tile(level, column, row)
          let place = bytes === null ? { offset: 0, bytes: 0 } : known.get(bytes)
          if (!place) {
            place = await file.append(bytes!)
            known.set(bytes!, place)
          }
          found.push(place)
        }
      }
      return found
    }
  } finally {
    await file.close()
  }
}
