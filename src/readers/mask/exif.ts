/**
 * The orientation in EXIF, which is a small TIFF.
 *
 *     'II' or 'MM'   42 (2)   offset (4) of: entries (2), then each tag (2) type (2) count (4) value (4); 274 is the orientation, a short
 */

import { viewOf } from '../../core/bytes-of.js'
export function orientationIn(exif: Uint8Array): number {
  const view = viewOf(exif)
  const little = exif[0] === 0x49
  if (exif.length < 8 || (!little && exif[0] !== 0x4d)) return 1
  const at = view.getUint32(4, little)
  if (at + 2 > exif.length) return 1
  for (let i = 0, entry = at + 2; i < view.getUint16(at, little) && entry + 12 <= exif.length; i++, entry += 12) {
    if (view.getUint16(entry, little) === 274) return view.getUint16(entry + 8, little)
  }
  return 1
}
