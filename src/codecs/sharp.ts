/** sharp's doorway: PNG, JPEG and WebP pictures, and WebP tiles. */

import type { Sharp } from 'sharp'
import { CodecError, type Picture } from './types.js'

export interface PictureFacts {
  readonly width: number
  readonly height: number
  readonly format: string
  readonly channels: number
  readonly depth: string
  readonly pages: number
}

const MAX_PIXELS = 2 ** 28

async function open(from: string | Uint8Array, maxPixels: number, page?: number): Promise<Sharp> {
  const { default: sharp } = await import('sharp')
  // Our own caches and lanes do the work: libvips' cache would hold pictures, its threads would fight with the lanes.
  sharp.cache(false)
  sharp.concurrency(1)
  return sharp(from, { limitInputPixels: Math.min(maxPixels, MAX_PIXELS), failOn: 'error', ...(page === undefined ? {} : { page }) })
}

/** Size and format, as it will be after its orientation is applied; no pixel is decoded. */
export async function pictureFacts(from: string | Uint8Array): Promise<PictureFacts> {
  try {
    const { width, height, format, channels, depth, pages, orientation } = await (await open(from, MAX_PIXELS)).metadata()
    const turned = orientation !== undefined && orientation >= 5
    return { width: turned ? height : width, height: turned ? width : height, format, channels, depth, pages: pages ?? 1 }
  } catch (cause) {
    throw new CodecError(`the picture's header cannot be read (${reason(cause)})`, { cause })
  }
}

/**
 * RGB bytes of a picture: orientation applied; alpha dropped (`drop`, as OpenCV does when it reads a picture) or kept; grey as RGB;
 * 16 bits as 8.
 */
export async function decodePicture(from: string | Uint8Array, alpha: 'drop' | 'keep', maxPixels: number): Promise<Picture> {
  try {
    let image = (await open(from, maxPixels)).autoOrient().toColourspace('srgb')
    if (alpha === 'drop') image = image.removeAlpha()
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, channels: info.channels, data }
  } catch (cause) {
    throw new CodecError(`the picture is damaged or too large (${reason(cause)})`, { cause })
  }
}

const reason = (cause: unknown) => (cause instanceof Error ? cause.message.split('\n')[0] : String(cause))
