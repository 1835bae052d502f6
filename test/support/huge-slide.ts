/** A slide of 100,000 × 100,000 pixels in a small file: every tile is the same one, or (of 0 bytes) left out but for the last, which is white. */

import { deflateSync } from 'node:zlib'
import { long, short } from '../../fixtures/tiff.js'
import { directory, directoryBytes, header, type Tag } from '../../src/codecs/tiff-writer/tags.js'

export const hugeSide = 100_000
export const hugeTile = 256
/** Of a row. */
export const hugeColumns = Math.ceil(hugeSide / hugeTile)

/** `given`: its deflated bytes. */
export function hugeSlide(given: Uint8Array): Buffer {
  const tile = given.length > 0 ? given : deflateSync(new Uint8Array(hugeTile ** 2 * 3).fill(255))
  const places = (value: number) =>
    Array.from({ length: hugeColumns ** 2 }, (_, i) => (given.length > 0 || i === hugeColumns ** 2 - 1 ? value : 0))
  const first = 8 + Math.ceil(tile.length / 8) * 8
  const tags: Tag[] = [
    long(256, hugeSide),
    long(257, hugeSide),
    short(258, 8, 8, 8),
    short(259, 8),
    short(262, 2),
    short(277, 3),
    short(284, 1),
    long(322, hugeTile),
    long(323, hugeTile),
    { id: 324, type: 'long', values: places(8) },
    { id: 325, type: 'long', values: places(tile.length) },
  ]
  const parts = [header(first, false), tile, new Uint8Array(first - 8 - tile.length), directory(tags, first, 0, false)]
  if (directoryBytes(tags, false) !== parts[3]!.length) throw new Error('a directory of another length')
  return Buffer.concat(parts)
}
