/**
 * A finished TIFF, opened again by a reader that is not ours before it is published: geotiff's doorway. What our writer and our own reader
 * might get wrong alike would be found here.
 */

import { stat } from 'node:fs/promises'
import { fromFile } from 'geotiff'
import { SinkError } from '../../core/errors.js'
import type { Size } from '../../geometry/region.js'

/** Throws OUTPUT_BROKEN unless every level is there with its size, and the last tile of each lies within the file. Reads no pixels. */
export async function readBackTiff(path: string, { width, height }: Size): Promise<void> {
  const broken = (fact: string, cause?: unknown) =>
    new SinkError('OUTPUT_BROKEN', `${path} is no whole TIFF: ${fact}`, { hint: 'run the pipeline again; please report it', cause })
  const { size } = await stat(path)
  const tiff = await fromFile(path).catch((cause: unknown) => {
    throw broken('its head cannot be read', cause)
  })
  try {
    const levels = await tiff.getImageCount()
    for (let i = 0; i < levels; i++) {
      const image = await tiff.getImage(i)
      const [expectedWidth, expectedHeight] = [Math.ceil(width / 2 ** i), Math.ceil(height / 2 ** i)]
      if (image.getWidth() !== expectedWidth || image.getHeight() !== expectedHeight)
        throw broken(`level ${i} is ${image.getWidth()} x ${image.getHeight()} px, not ${expectedWidth} x ${expectedHeight}`)
      const tiles = Math.ceil(expectedWidth / image.getTileWidth()) * Math.ceil(expectedHeight / image.getTileHeight())
      const offset = Number(await image.fileDirectory.loadValueIndexed('TileOffsets', tiles - 1))
      const bytes = Number(await image.fileDirectory.loadValueIndexed('TileByteCounts', tiles - 1))
      if (!(offset > 0 && bytes > 0 && offset + bytes <= size)) throw broken(`the last tile of level ${i} is not in it`)
    }
  } catch (error) {
    throw error instanceof SinkError ? error : broken('its directories cannot be read', error)
  } finally {
    await tiff.close()
  }
}
