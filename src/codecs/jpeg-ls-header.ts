/**
 * What a JPEG-LS stream says of itself before it is decoded.
 *
 *     FF D8 | FF F7 length P HH HH WW WW N …   start of frame: precision, height, width, components | FF DA …
 */

import { CodecError, checkBounds, type PictureBounds, UnsupportedData } from './types.js'

export interface JpegLsHeader {
  readonly width: number
  readonly height: number
  readonly components: number
}

/** Throws UnsupportedData for what is not three components of 8 bits. */
export function readJpegLsHeader(bytes: Uint8Array, bounds: PictureBounds): JpegLsHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) throw new CodecError('the JPEG-LS data does not begin with FF D8')
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = view.getUint16(at)
    if (marker === 0xffff) {
      at++
      continue
    }
    const length = view.getUint16(at + 2)
    if (marker < 0xffc0 || marker === 0xffda || length < 2 || at + 2 + length > bytes.length) break
    if (marker === 0xfff7) {
      if (length < 8) break
      const [precision, height, width, components] = [
        view.getUint8(at + 4),
        view.getUint16(at + 5),
        view.getUint16(at + 7),
        view.getUint8(at + 9),
      ]
      if (precision !== 8) throw new UnsupportedData(`the JPEG-LS data has ${precision} bits a sample, not 8`)
      if (components !== 3) throw new UnsupportedData(`the JPEG-LS data has ${components} components, where RGB has 3`)
      checkBounds('JPEG-LS header', width, height, bounds)
      return { width, height, components }
    }
    at += 2 + length
  }
  throw new CodecError('the JPEG-LS data has no frame header')
}
