/** What a JPEG 2000 codestream says of itself before it is decoded. */

import { CodecError, checkBounds, type PictureBounds, UnsupportedData } from './types.js'

/**
 * The SIZ segment, which follows the start of the codestream:
 *
 *     FF 4F | FF 51 Lsiz Rsiz | Xsiz Ysiz XOsiz YOsiz (32 bits each) | XTsiz … | Csiz | (depth, dx, dy) per component
 */
export function checkJpeg2000(bytes: Uint8Array, bounds: PictureBounds): void {
  const at = findStart(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at)
  if (view.byteLength < 42 + 3) throw new CodecError('the JPEG 2000 header ends early')
  checkBounds('JPEG 2000 header', view.getUint32(8) - view.getUint32(16), view.getUint32(12) - view.getUint32(20), bounds)
  const components = view.getUint16(40)
  if (view.byteLength < 42 + 3 * components) throw new CodecError('the JPEG 2000 header ends early')
  for (let c = 0; c < components; c++) {
    const depth = view.getUint8(42 + 3 * c)
    if (depth !== 7)
      throw new UnsupportedData(`the JPEG 2000 data has ${(depth & 127) + 1} bits a sample${depth > 127 ? ', signed' : ''}, not 8`)
    // The decoder copies every component as if it had the full size.
    if (view.getUint8(43 + 3 * c) !== 1 || view.getUint8(44 + 3 * c) !== 1) {
      throw new UnsupportedData('JPEG 2000 with subsampled colour components is not supported')
    }
  }
}

function findStart(bytes: Uint8Array): number {
  // In a JP2 file the codestream follows a handful of small boxes.
  const end = Math.min(bytes.length - 4, 65_536)
  for (let i = 0; i <= end; i++) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0x4f && bytes[i + 2] === 0xff && bytes[i + 3] === 0x51) return i
  }
  throw new CodecError('the JPEG 2000 data has no codestream header')
}
