/** Masks in formats of pictures, which libvips reads: JPEG, WebP, GIF, and TIFF as fax machines compress it. */

import { pictureFacts, pictureStrips, soundJpeg } from '../../codecs/sharp.js'
import { pictureFrom } from '../picture-from.js'
import { refuseNumbers } from './chosen.js'
import { Faint } from './faint.js'
import { checkSize, type MaskFile, type MaskPicture, rowsAtOnce } from './mask-picture.js'

/** Each strip is decoded from the top of the picture on: of a larger one that would take too long. */
const mostPixels = 2 ** 28
const strips = 16
/** A larger JPEG is not decoded once more, only to see whether it is whole. */
const mostJudged = 2 ** 24

export async function openPicture({ source, limits, signal, numbers }: MaskFile, page = 0): Promise<MaskPicture> {
  let from = await pictureFrom(source, limits, signal)
  const facts = await pictureFacts(from, page)
  if (facts.orientation > 1) throw new RangeError(`it is stored turned (orientation ${facts.orientation}): only upright masks are read`)
  if (facts.format === 'jpeg' && facts.channels === 4) throw new RangeError('it has CMYK colours, of which none is nothing')
  if (facts.pages > 1 && facts.format !== 'tiff')
    throw new RangeError(`it is animated: it has ${facts.pages} frames: save the one that is meant as PNG`)
  refuseNumbers(numbers, `a ${facts.format}`)
  const { width, height } = facts
  checkSize(facts)
  if (width * height > mostPixels)
    throw new RangeError(`${width} x ${height} pixels are too many for a ${facts.format} mask: save it as PNG or TIFF`)
  if (facts.format === 'jpeg' && width * height <= mostJudged) from = await soundJpeg(from)
  const warnings: string[] = []
  return {
    width,
    height,
    warnings,
    async *rows(signal) {
      const faint = new Faint()
      const most = Math.max(rowsAtOnce(width * 3), Math.ceil(height / strips))
      for (let top = 0; top < height; top += most) {
        signal?.throwIfAborted()
        const rows = Math.min(most, height - top)
        const { data, channels } = await pictureStrips(from, { page, top, width, height: rows })
        const out = new Uint8Array(rows * width)
        faint.take(data, channels, out)
        yield out
      }
      if (facts.format === 'jpeg' || facts.format === 'webp') faint.warn(warnings)
    },
  }
}
