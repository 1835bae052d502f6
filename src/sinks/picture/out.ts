/** Where the rows of a picture go: TIFF, PNG and JPEG up to a stated size, NumPy. The file name says which. */

import { basename, extname } from 'node:path'
import type { Rgb, Samples, TiffCompression } from '../../codecs/tiff-writer/writer.js'
import { openTiff } from '../../codecs/tiff-writer/writer.js'
import { SinkError } from '../../core/errors.js'
import type { Size } from '../../geometry/region.js'
import { OutputFile, writing } from '../common/file.js'
import { jpegOut } from './jpeg.js'
import type { PictureOut } from './picture-out.js'
import { pngOut } from './png.js'

export type { PictureOut } from './picture-out.js'

export type PictureFormat = 'tif' | 'png' | 'jpg' | 'npy'

/** Largest PNG: what sharp and most viewers still open. */
const pngLimit = 16_383 ** 2
/** Largest JPEG: it is held as a whole, three bytes a pixel, while it is compressed. */
const jpegLimit = 40 * 1024 ** 2

const formats: Readonly<Record<string, PictureFormat>> = {
  '.tif': 'tif',
  '.tiff': 'tif',
  '.png': 'png',
  '.jpg': 'jpg',
  '.jpeg': 'jpg',
  '.npy': 'npy',
}

/** The format that a file name asks for; null where it asks for none of ours. */
export function formatOf(file: string): PictureFormat | null {
  return formats[extname(file.replace(/\.partial$/, '')).toLowerCase()] ?? null
}

export interface Picture extends Size {
  readonly mpp?: { readonly x: number; readonly y: number }
  readonly description: string
  readonly software: string
}

export function tiffOut(path: string, picture: Picture, samples: Samples, compression: TiffCompression): Promise<PictureOut> {
  return writing(path, async () => {
    const writer = await openTiff(path, { ...picture, samples, compression })
    return {
      write: (rows, repeat) => writing(path, () => writer.write(rows, repeat)),
      finish: async () => {
        await writing(path, () => writer.finish())
        await (await import('./read-back.js')).readBackTiff(path, picture)
      },
      close: () => writer.close(),
    }
  })
}

/** A PNG with numbers of classes and their colours. */
export async function palettePng(path: string, picture: Picture, palette: readonly Rgb[]): Promise<PictureOut> {
  refuseLarge(path, picture, pngLimit, 'PNG')
  return pngOut(await OutputFile.open(path), { ...picture, palette })
}

/** An RGB picture in the format of the file name. */
export async function rgbOut(path: string, picture: Picture): Promise<PictureOut> {
  const format = formatOf(path)
  if (format === 'tif') return tiffOut(path, picture, { kind: 'rgb' }, 'jpeg')
  if (format === 'png') {
    refuseLarge(path, picture, pngLimit, 'PNG')
    return pngOut(await OutputFile.open(path), picture)
  }
  refuseLarge(path, picture, jpegLimit, 'JPEG')
  return jpegOut(await OutputFile.open(path), picture)
}

function refuseLarge(path: string, { width, height }: Size, limit: number, format: string): void {
  if (width * height <= limit && Math.max(width, height) <= 65_535) return
  const mega = (n: number) => Math.floor(n / 1e6)
  throw new SinkError(
    'PICTURE_TOO_LARGE',
    `${basename(path, '.partial')}: ${width} x ${height} pixels are ${mega(width * height)} megapixels; ${format} is written up to ${mega(limit)}`,
    {
      hint: 'ask for a coarser resolution with at:, or end the file name in .tif, which may be larger',
    },
  )
}
