/** Blocks of bits against counting bytes. */

import test from 'ava'
import fc from 'fast-check'
import { BitBlocks } from '../../src/geometry/bit-blocks.js'
import { bytesOf, ended } from '../support/bitmaps.js'

const side = fc.integer({ min: 1, max: 150 })

/** Boxes of ones and of zeros, one over the other: empty, full and mixed blocks. */
const drawing = fc
  .record({ width: side, height: side, boxes: fc.array(fc.tuple(side, side, side, side, fc.boolean()), { maxLength: 6 }) })
  .map(({ width, height, boxes }) => {
    const data = new Uint8Array(width * height)
    for (const [x, y, w, h, on] of boxes) {
      for (let row = y - 1; row < Math.min(height, y + h); row++)
        data.fill(on ? 1 : 0, row * width + Math.min(x - 1, width), row * width + Math.min(x + w, width))
    }
    return { width, height, data }
  })

function blocksOf({ width, height, data }: { width: number; height: number; data: Uint8Array }, rowsAtOnce: number): BitBlocks {
  const pixels = new BitBlocks({ width, height })
  for (let y = 0; y < height; y += rowsAtOnce) {
    const rows = data.subarray(y * width, Math.min(height, y + rowsAtOnce) * width)
    if (rows.includes(1)) pixels.push(rows)
    else pixels.pushEmpty(rows.length / width)
  }
  return pixels
}

test('what is pushed is there, and every box counts its ones, upright and turned', (t) => {
  fc.assert(
    fc.property(drawing, fc.integer({ min: 1, max: 90 }), side, side, side, side, (picture, rowsAtOnce, a, b, c, d) => {
      const { width, height, data } = picture
      const pixels = blocksOf(picture, rowsAtOnce)
      t.deepEqual(bytesOf({ pixels }), data)
      const [x0, x1] = [Math.min(a, c, width), Math.min(Math.max(a, c), width)]
      const [y0, y1] = [Math.min(b, d, height), Math.min(Math.max(b, d), height)]
      let set = 0
      for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) set += data[y * width + x]!
      t.is(pixels.count(x0, y0, x1, y1), set)
      t.is(
        pixels.total,
        data.reduce((sum, v) => sum + v, 0),
      )
      const turned = ended(pixels.transposed())
      const expected = Uint8Array.from({ length: data.length }, (_, i) => data[(i % height) * width + Math.floor(i / height)]!)
      t.deepEqual(bytesOf({ pixels: turned }), expected)
    }),
  )
})

test('noise of more than its bound is refused, and so are too many rows', (t) => {
  const noise = Uint8Array.from({ length: 128 * 64 }, (_, i) => i % 2)
  const pixels = new BitBlocks({ width: 128, height: 128 }, 2 * 512)
  pixels.push(noise)
  t.throws(() => pixels.push(noise), { instanceOf: RangeError, message: /noise/ })
  const small = new BitBlocks({ width: 2, height: 2 })
  small.pushEmpty(1)
  t.throws(() => small.pushEmpty(2), { message: /more than/ })
  t.throws(() => small.push(new Uint8Array(3)), { message: /no rows/ })
})
