/**
 * BMP with 24 bits a pixel, uncompressed.
 *
 *     "BM"  size (4)  0 (4)  where the pixels begin (4)  size of the header (4)  width  height (below 0: from the top)  planes (2)  bits (2)  compression (4)
 *     rows from the bottom up, blue green red, filled up to 4 bytes
 */

import { viewOf } from '../core/bytes-of.js'
import { CodecError, checkBounds, type Picture, type PictureBounds } from './types.js'

export function decodeBmp(bytes: Uint8Array, bounds: PictureBounds, memory: (bytes: number) => Uint8Array): Picture {
  const view = viewOf(bytes)
  if (bytes.length < 54 || view.getUint16(0, true) !== 0x4d42) throw new CodecError('the data is no BMP picture')
  const [start, header, width, rows] = [10, 14, 18, 22].map((at) => view.getInt32(at, true)) as [number, number, number, number]
  const [bits, compression] = [view.getUint16(28, true), view.getInt32(30, true)]
  if (header < 40 || bits !== 24 || compression !== 0) throw new CodecError(`the BMP has ${bits} bits a pixel, compression ${compression}`)
  const height = Math.abs(rows)
  checkBounds('BMP header', width, height, bounds)
  const stride = Math.ceil((width * 3) / 4) * 4
  if (start < 54 || start + stride * (height - 1) + width * 3 > bytes.length)
    throw new CodecError(`the BMP ends early (${bytes.length} bytes)`)
  const data = memory(width * height * 3)
  for (let y = 0; y < height; y++) {
    let from = start + stride * (rows < 0 ? y : height - 1 - y)
    for (let to = y * width * 3, end = to + width * 3; to < end; to += 3, from += 3) {
      data[to] = bytes[from + 2]!
      data[to + 1] = bytes[from + 1]!
      data[to + 2] = bytes[from]!
    }
  }
  return { width, height, channels: 3, data, stays: true }
}
