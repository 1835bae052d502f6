/** A rectangle as well-known binary (WKB): the polygon shapely's `from_bounds` makes, ring (x0,y0) (x0,y1) (x1,y1) (x1,y0) (x0,y0). */

import type { Region } from '../../geometry/region.js'

/** 1 byte order, 4 type, 4 number of rings, 4 number of points, 5 × 2 doubles. */
const size = 1 + 4 + 4 + 4 + 5 * 16

export function rectangleWkb({ x, y, width, height }: Region): Uint8Array {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 1) // little-endian
  view.setUint32(1, 3, true) // polygon
  view.setUint32(5, 1, true)
  view.setUint32(9, 5, true)
  const [x1, y1] = [x + width, y + height]
  const ring = [x, y, x, y1, x1, y1, x1, y, x, y]
  for (let i = 0; i < ring.length; i++) view.setFloat64(13 + i * 8, ring[i]!, true)
  return bytes
}
