/** Rectangles as well-known binary (WKB): the polygons shapely's `from_bounds` makes, ring (x0,y0) (x0,y1) (x1,y1) (x1,y0) (x0,y0). */

import type { DataOf } from '../../core/batch.js'
import type { Region } from '../../geometry/region.js'

/** 1 byte order, 4 type, 4 number of rings, 4 number of points, 5 × 2 doubles. */
const size = 1 + 4 + 4 + 4 + 5 * 16

export const rectangleWkb = (region: Region): Uint8Array => rectanglesWkb([region]).bytes

/** Side by side, as texts lie in a column. */
export function rectanglesWkb(regions: readonly Region[]): DataOf<'string'> {
  const bytes = new Uint8Array(regions.length * size)
  const view = new DataView(bytes.buffer)
  for (const [i, { x, y, width, height }] of regions.entries()) {
    const at = i * size
    view.setUint8(at, 1) // little-endian
    view.setUint32(at + 1, 3, true) // polygon
    view.setUint32(at + 5, 1, true)
    view.setUint32(at + 9, 5, true)
    const [x1, y1] = [x + width, y + height]
    const ring = [x, y, x, y1, x1, y1, x1, y, x, y]
    for (let k = 0; k < ring.length; k++) view.setFloat64(at + 13 + k * 8, ring[k]!, true)
  }
  return { type: 'string', valid: null, offsets: Int32Array.from({ length: regions.length + 1 }, (_, i) => i * size), bytes }
}
