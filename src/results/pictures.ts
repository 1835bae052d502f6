/** Small pictures for pages and screens: sharp's doorway for results. */

import { withoutTexts } from '../codecs/png-texts.js'
import { loadSharp, type Sharp } from '../codecs/sharp-library.js'
import type { Size } from '../geometry/region.js'

/** A picture file larger than this, in pixels, is not opened to be shown small. */
const mostPixels = 2 ** 28

const usualQuality = 82

/** RGB bytes as JPEG; its longer side is at most `longest` pixels, where that is said. */
export async function jpegOf(
  { width, height, data }: Size & { readonly data: Uint8Array },
  { quality = usualQuality, longest }: { readonly quality?: number; readonly longest?: number } = {},
): Promise<Buffer> {
  const sharp = await library()
  const image = sharp(data, { raw: { width, height, channels: 3 } })
  return (longest === undefined ? image : shrunk(image, longest)).jpeg({ quality, mozjpeg: false }).toBuffer()
}

/** RGBA bytes as PNG; with few colours, as a palette. */
export async function pngOf({ width, height, data }: Size & { readonly data: Uint8Array }): Promise<Buffer> {
  const sharp = await library()
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 6 })
    .toBuffer()
}

/** A drawing as PNG, twice as many pixels a side as it says. */
export async function pngOfSvg(svg: string): Promise<Buffer> {
  const sharp = await library()
  return sharp(Buffer.from(svg), { density: 144 }).png({ compressionLevel: 9 }).toBuffer()
}

/** A picture file, or what is in one, as JPEG, its longer side at most `longest` pixels. */
export async function smallJpeg(file: string | Buffer, longest: number): Promise<Buffer> {
  const sharp = await library()
  const image = sharp(await withoutTexts(file), { limitInputPixels: mostPixels })
    .autoOrient()
    .flatten({ background: '#ffffff' })
  return shrunk(image, longest).jpeg({ quality: usualQuality }).toBuffer()
}

const shrunk = (image: Sharp, longest: number): Sharp => image.resize(longest, longest, { fit: 'inside', withoutEnlargement: true })

export const dataUri = (type: 'image/jpeg' | 'image/png', bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`

async function library() {
  const sharp = await loadSharp()
  sharp.cache(false)
  return sharp
}
