/** Writes a JPEG: the rows are gathered (its size is limited for that), compressed by sharp, and written. */

import { loadSharp } from '../../codecs/sharp-library.js'
import { everyTurn } from '../../flow/turn.js'
import type { Size } from '../../geometry/region.js'
import type { OutputFile } from '../common/file.js'
import type { PictureOut } from './picture-out.js'

export async function jpegOut(file: OutputFile, picture: Size & { readonly description?: string }): Promise<PictureOut> {
  const { width, height, description } = picture
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
      const exif = description ? raw.withExif({ IFD0: { ImageDescription: description } }) : raw
      await file.write(await exif.jpeg({ quality: 88, chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer())
      pixels = null
      await file.finish()
    },
    close: () => file.close(),
  }
}
