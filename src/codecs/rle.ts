/**
 * DICOM's RLE: a header of sixteen 32-bit numbers (how many segments, then where each begins), then the segments, each PackBits. With 8 bits
 * a sample a segment is the plane of one.
 */

import { viewOf } from '../core/bytes-of.js'
import { unpackPackBits } from './packbits.js'
import { CodecError } from './types.js'

const HEADER = 64

/** Planes of `size` bytes each. */
export function unpackRle(bytes: Uint8Array, size: number, planes: number): readonly Uint8Array[] {
  if (bytes.length < HEADER) throw new CodecError(`the RLE data has ${bytes.length} bytes, its header alone has ${HEADER}`)
  const view = viewOf(bytes)
  const segments = view.getUint32(0, true)
  if (segments !== planes) throw new CodecError(`the RLE data has ${segments} planes, not ${planes}`)
  return Array.from({ length: planes }, (_, i) => {
    const start = view.getUint32(4 + 4 * i, true)
    const end = i + 1 < planes ? view.getUint32(8 + 4 * i, true) : bytes.length
    if (start < HEADER || end < start || end > bytes.length)
      throw new CodecError(`the RLE data has its plane ${i + 1} at ${start} to ${end} of ${bytes.length} bytes`)
    const plane = unpackPackBits(bytes.subarray(start, end), size)
    if (plane.length < size) throw new CodecError(`plane ${i + 1} of the RLE data ends after ${plane.length} of ${size} samples`)
    return plane
  })
}
