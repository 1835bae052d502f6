/** Writes a JPEG: the rows are gathered (its size is limited for that), compressed by sharp, and written. */

import { loadSharp } from '../../codecs/sharp-library.js'
import { everyTurn } from '../../flow/turn.js'
import type { Size } from '../../geometry/region.js'
import type { Scale } from '../../geometry/resolution.js'
import type { OutputFile } from '../common/file.js'
import type { PictureOut } from './picture-out.js'

interface JpegPicture extends Size {
  readonly mpp?: Scale
  readonly description?: string
}

export async function jpegOut(file: OutputFile, picture: JpegPicture): Promise<PictureOut> {
  const { width, height, description = '', mpp } = picture
  // Made when the first row comes: a thumbnail waits for the end of its slide.
  let pixels: Uint8Array | null = null
  let at = 0
  // Nothing is written before the end, so there is nothing to wait for.
  const turn = everyTurn()
  return {
    write: async (rows, repeat = 1) => {
      pixels ??= new Uint8Array(width * height * 3)
      for (let i = 0; i < repeat; i++) {
        pixels.set(rows, at)
        at += rows.length
        await turn(rows.length)
      }
    },
    finish: async () => {
      const sharp = await loadSharp()
      const raw = sharp(pixels!, { raw: { width, height, channels: 3 } })
      const exif = raw.withExif({ IFD0: { ImageDescription: description } })
      const bytes = await exif.jpeg({ quality: 88, chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer()
      setResolution(bytes, mpp)
      await file.write(bytes)
      pixels = null
      await file.finish()
    },
    close: () => file.close(),
  }
}

/**
 * libvips says 1 pixel a millimetre of a picture that says nothing, and takes one number for both sides. In the EXIF, a TIFF behind `Exif 0 0`, an entry is
 * tag (2) type (2) count (4) value or place (4); 282 and 283 are the pixels of a unit across and down, 296 the unit: 1 none, 2 inch, 3 cm.
 */
function setResolution(bytes: Buffer, mpp: Scale | undefined): void {
  const tiff = bytes.indexOf('Exif\0\0', 0, 'latin1') + 6
  if (tiff < 6) return
  const view = new DataView(bytes.buffer, bytes.byteOffset + tiff, bytes.length - tiff)
  const little = view.getUint8(0) === 0x49
  const [u16, u32] = [(at: number) => view.getUint16(at, little), (at: number) => view.getUint32(at, little)]
  const first = u32(4)
  const put = (at: number, perUnit: number, times: number) => {
    view.setUint32(at, Math.round(perUnit * times), little)
    view.setUint32(at + 4, times, little)
  }
  for (let i = 0, at = first + 2; i < u16(first); i++, at += 12) {
    const tag = u16(at)
    if (tag === 296) view.setUint16(at + 8, mpp ? 3 : 1, little)
    else if (tag === 282) put(u32(at + 8), ...perCentimetre(mpp?.x))
    else if (tag === 283) put(u32(at + 8), ...perCentimetre(mpp?.y))
  }
}

/** As a fraction of thousandths. */
const perCentimetre = (mpp: number | undefined): [number, number] => (mpp === undefined ? [1, 1] : [Math.round(1e7 / mpp) / 1000, 1000])
