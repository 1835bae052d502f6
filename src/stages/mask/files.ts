/** Masks drawn by others: pictures, NumPy arrays, GeoJSON. Of any size; they are stretched over the slide. */

import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { decodePicture } from '../../codecs/sharp.js'
import { SlideError } from '../../core/errors.js'
import type { Slide } from '../../core/slide.js'
import type { Bitmap } from '../../geometry/coverage.js'
import { bitmapFromNpy } from '../../geometry/npy.js'
import { greyOf } from '../../geometry/otsu.js'
import { polygonsFrom, rasterise } from '../../geometry/polygons.js'
import type { Size } from '../../geometry/region.js'

const mostBytes = 2 ** 28
const mostPixels = 2 ** 26

/** `size` is that of the overview: polygons are drawn at it. Throws SlideError. */
export async function bitmapFromFile(file: string, slide: Slide, size: Size): Promise<Bitmap> {
  try {
    const { size: bytes } = await stat(file)
    if (bytes > mostBytes) throw new RangeError(`${bytes} bytes are too many for a mask`)
    return await read(file, slide, size)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const why = missing ? 'is not there' : `cannot be used: ${(cause as Error).message}`
    throw new SlideError(missing ? 'MASK_MISSING' : 'MASK_UNREADABLE', `mask ${file} of ${slide.info.uri} ${why}`, {
      hint: 'a mask is a PNG, JPEG or TIFF picture, a .npy array of rows and columns, or GeoJSON polygons in baseline pixels',
      at: { slide: slide.ref.id, stage: 'mask' },
      cause,
    })
  }
}

async function read(file: string, slide: Slide, size: Size): Promise<Bitmap> {
  switch (path.extname(file).toLowerCase()) {
    case '.npy':
      return bounded(bitmapFromNpy(await readFile(file)))
    case '.geojson':
    case '.json':
      return rasterise(polygonsFrom(await readFile(file, 'utf8')), slide.info, size)
    default: {
      const { width, height, data } = await decodePicture(file, 'drop', mostPixels)
      return { width, height, data: greyOf(data).map((grey) => (grey > 0 ? 1 : 0)) }
    }
  }
}

function bounded(bitmap: Bitmap): Bitmap {
  if (bitmap.width * bitmap.height > mostPixels) throw new RangeError(`${bitmap.width} x ${bitmap.height} is too large for a mask`)
  return bitmap
}
