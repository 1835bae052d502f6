/** Moving rows of RGB bytes between tiles and pictures. Pure, and the hot path: whole rows at a time, nothing in between. */

import { pixelMemory } from '../geometry/pixel-memory.js'
import type { Region, Size } from '../geometry/region.js'

/**
 * Copies the part of a tile that lies in `box` to its place there. `at` is the tile's place and valid size, in the frame of `box`; `visible` the
 * part of it that may be copied.
 */
export function paste(data: Uint8Array, tileWidth: number, at: Region, box: Region, out: Uint8Array, visible: Region = at): void {
  const left = Math.max(visible.x, box.x)
  const top = Math.max(visible.y, box.y)
  const right = Math.min(visible.x + visible.width, box.x + box.width)
  const bottom = Math.min(visible.y + visible.height, box.y + box.height)
  if (left >= right || top >= bottom) return
  const rowBytes = (right - left) * 3
  const fromStride = tileWidth * 3
  const toStride = box.width * 3
  let from = (top - at.y) * fromStride + (left - at.x) * 3
  let to = (top - box.y) * toStride + (left - box.x) * 3
  if (rowBytes === fromStride && rowBytes === toStride) {
    out.set(data.subarray(from, from + rowBytes * (bottom - top)), to)
    return
  }
  if (pixelMemory.copyRows(data, { at: from, stride: fromStride }, out, { at: to, stride: toStride }, rowBytes, bottom - top)) return
  for (let y = top; y < bottom; y++, from += fromStride, to += toStride) out.set(data.subarray(from, from + rowBytes), to)
}

/** Makes the part of `at` that lies in `box` white. */
export function blank(at: Region, box: Region, out: Uint8Array): void {
  const left = Math.max(at.x, box.x)
  const right = Math.min(at.x + at.width, box.x + box.width)
  const bottom = Math.min(at.y + at.height, box.y + box.height)
  if (left >= right) return
  for (let y = Math.max(at.y, box.y); y < bottom; y++) {
    const to = ((y - box.y) * box.width + left - box.x) * 3
    out.fill(255, to, to + (right - left) * 3)
  }
}

/** True when the box reaches outside of a picture of that size. */
export function overhangs(box: Region, size: Size): boolean {
  return box.x < 0 || box.y < 0 || box.x + box.width > size.width || box.y + box.height > size.height
}
