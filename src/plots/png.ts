/** A plot as PNG, twice as sharp as the screen's pixels: for slides and papers. */

import { outlined } from './letters.js'

const dotsPerInch = 72 * 2

export async function pngOf(svg: string): Promise<Buffer> {
  const { default: sharp } = await import('sharp')
  return sharp(Buffer.from(await outlined(svg)), { density: dotsPerInch })
    .png({ compressionLevel: 9 })
    .toBuffer()
}
