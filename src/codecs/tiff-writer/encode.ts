/** Compresses one tile. JPEG goes through sharp: a whole JFIF stream per tile, YCbCr 4:2:0, which every TIFF reader accepts. */

import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import type { Size } from '../../geometry/region.js'
import { loadSharp } from '../sharp-library.js'
import type { TiffCompression } from './picture.js'

const deflated = promisify(deflate)

export async function encodeTile(bytes: Uint8Array, tile: Size, compression: TiffCompression, quality: number): Promise<Uint8Array> {
  if (compression === 'none') return bytes
  if (compression === 'deflate') return deflated(bytes)
  const sharp = await loadSharp()
  return sharp(bytes, { raw: { width: tile.width, height: tile.height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0' })
    .toBuffer()
}
