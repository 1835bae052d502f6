/** Blosc data by hand, as its format and those of LZ4 and BloscLZ have it. (Of 1,400 made by numcodecs with every packer none was refused.) */

import { deflateSync } from 'node:zlib'
import test from 'ava'
import { mustBeWhole } from '../../src/codecs/blosc-check.js'
import { loadUnpack } from '../../src/codecs/load.js'
import { CodecError } from '../../src/codecs/types.js'

const text = Buffer.from('abcdabcdabcdefghi')
/** Four as they are, eight from four back, five as they are. */
const lz4 = Buffer.from([0x44, ...Buffer.from('abcd'), 4, 0, 0x50, ...Buffer.from('efghi')])
const bloscLz = Buffer.from([3, ...Buffer.from('abcd'), 6 << 5, 3, 4, ...Buffer.from('efghi')])

/** One block of one stream. */
function blosc(packer: number, stream: Uint8Array, size = text.length): Buffer {
  const head = Buffer.alloc(24)
  head.set([2, 1, (packer << 5) | 16, 1])
  for (const [i, value] of [size, size, 24 + stream.length, 20, stream.length].entries()) head.writeUInt32LE(value, 4 + 4 * i)
  return Buffer.concat([head, stream])
}

const check = (bytes: Uint8Array) => mustBeWhole(bytes, () => loadUnpack('zstd'))
const packed: readonly (readonly [name: string, packer: number, stream: Buffer])[] = [
  ['BloscLZ', 0, bloscLz],
  ['LZ4', 1, lz4],
  ['zlib', 3, deflateSync(text)],
]

for (const [name, packer, stream] of packed)
  test(`blosc of ${name}: whole data passes; what is cut, has another size or begins elsewhere does not`, async (t) => {
    const whole = blosc(packer, stream)
    await t.notThrowsAsync(check(whole))
    const elsewhere = Buffer.from(whole)
    elsewhere.writeUInt32LE(whole.length - 3, 16)
    const broken = [
      whole.subarray(0, -1),
      whole.subarray(0, 15),
      blosc(packer, stream.subarray(0, -1)),
      blosc(packer, stream, text.length + 1),
      blosc(packer, stream, text.length - 1),
      blosc(5, stream),
      elsewhere,
    ]
    for (const bytes of broken) await t.throwsAsync(check(bytes), { instanceOf: CodecError, message: /blosc data is damaged/ })
  })

test('blosc: what is repeated must have been there', async (t) => {
  const far = [Buffer.from(lz4).fill(5, 5, 6), Buffer.from(lz4).fill(0, 5, 6), Buffer.from(bloscLz).fill(4, 6, 7)]
  for (const [i, stream] of far.entries()) await t.throwsAsync(check(blosc(i < 2 ? 1 : 0, stream)), { instanceOf: CodecError })
})
