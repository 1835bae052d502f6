/** JPEG 2000 of which a part is missing is an error, whatever was decoded before: the decoders would show that again. */

import test from 'ava'
import { loadHtj2k, loadJpeg2000 } from '../../src/codecs/load.js'
import { CodecError } from '../../src/codecs/types.js'
import { stream } from '../readers/dicom/codestreams.js'
import { codestream } from '../readers/jpeg2000-tiles.js'
import { same } from '../readers/open-buffer.js'
import { pixels } from '../readers/tiff-builder.js'

const bounds = { maxWidth: 16, maxHeight: 16 }

for (const [name, load, bytes] of [
  ['JPEG 2000', loadJpeg2000, codestream('rgb')],
  ['JPEG 2000 whose components were transformed', loadJpeg2000, stream('transformed')],
  ['HTJ2K', loadHtj2k, stream('htj2k')],
] as const) {
  test(`${name}: cut short anywhere`, async (t) => {
    const decode = await load()
    const wanted = pixels(0, 0, 16, 16)
    same(t, decode(bytes, bounds).data, wanted)
    // The last two are the mark at its end, which some writers leave out.
    for (let length = 0; length < bytes.length - 2; length += 1 + Math.floor((bytes.length - length) / 40)) {
      t.throws(() => decode(bytes.subarray(0, length), bounds), { instanceOf: CodecError }, `${length}`)
    }
    same(t, decode(bytes.subarray(0, -2), bounds).data, wanted)
    same(t, decode(Buffer.concat([bytes, Buffer.of(0)]), bounds).data, wanted)
  })

  test(`${name}: of which no length is told`, async (t) => {
    const decode = await load()
    const endless = Buffer.from(bytes)
    endless.writeUInt32BE(0, endless.indexOf(Buffer.of(0xff, 0x90, 0, 10)) + 6)
    same(t, decode(endless, bounds).data, pixels(0, 0, 16, 16))
    t.throws(() => decode(endless.subarray(0, -5), bounds), { instanceOf: CodecError, message: /ends early/ })
  })
}

test('what OpenJPEG cannot decode is an error, not the picture before', async (t) => {
  const decode = await loadJpeg2000()
  const before = decode(codestream('rgb'), bounds).data.slice()
  // The size of its blocks is none.
  const odd = stream('transformed')
  odd[odd.indexOf(Buffer.of(0xff, 0x52)) + 10] = 0x7f
  t.true(before.length > 0)
  t.throws(() => decode(odd, bounds), { instanceOf: CodecError })
})

test('HTJ2K that says it is cut into more pieces than any picture is refused before it is decoded', async (t) => {
  const odd = stream('htj2k')
  // Tiles of one pixel, in a picture said to be 2048 x 2048.
  for (const [at, value] of [
    [8, 2048],
    [12, 2048],
    [24, 1],
    [28, 1],
  ] as const)
    odd.writeUInt32BE(value, at)
  const decode = await loadHtj2k()
  t.throws(() => decode(odd, { maxWidth: 2048, maxHeight: 2048 }), { instanceOf: CodecError, message: /pieces/ })
})
